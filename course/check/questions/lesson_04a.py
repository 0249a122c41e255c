"""Questions at the end of lesson 04a: augmentation."""

from course.check.questions.question import Question, right, wrong
from course.messages import _


def questions() -> list[Question]:
    """The questions, in the learner's language."""
    return [
        Question(
            _("Which of these changes must not be used to make more pictures of hands?"),
            wrong(
                _("Mirroring left to right."),
                _("It turns a right hand into a left one, and left-handed people sign the same letters."),
            ),
            wrong(_("Making the picture a little darker."), _("Light changes brightness, not fingers.")),
            right(_("Mirroring top to bottom."), _("Nobody signs with a hand that stands on its fingertips.")),
        ),
        Question(
            _("Why are the validation pictures never augmented?"),
            right(
                _("They stand for the pictures that the network will meet, and those come as they are."),
                _("Changed pictures would measure something else than what one wants to know."),
            ),
            wrong(
                _("It would take too much time."),
                _("There are fewer of them than of training pictures; time is not the reason."),
            ),
            wrong(
                _("The network would learn from them."),
                _("It never learns from validation pictures, changed or not."),
            ),
        ),
        Question(
            _("Why do training and validation accuracy stay closer together with augmentation?"),
            wrong(_("The network has fewer parameters."), _("It is built as in lesson 3, layer by layer.")),
            right(
                _(
                    "The network practically never sees the same picture twice, so it cannot learn its "
                    "pictures by heart."
                ),
                _("What is left to learn is what all versions of a hand have in common."),
            ),
            wrong(
                _("The augmented pictures become a part of the validation set."),
                _("The validation set stays as it is, picture by picture."),
            ),
        ),
        Question(
            _(
                "Mirroring, turning, zooming and moving are put together into one matrix before a "
                "picture is changed. What does that save?"
            ),
            wrong(
                _("It needs fewer training pictures."),
                _("The number of pictures is the same; only the way of changing them differs."),
            ),
            wrong(
                _("It makes smaller changes."),
                _("Moving, turning and zooming can be as large as with four layers."),
            ),
            right(
                _("The pixels are computed anew once, not four times."),
                _("That saves time, and every new computation costs a little sharpness."),
            ),
        ),
    ]
