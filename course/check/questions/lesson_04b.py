"""Questions at the end of lesson 04b: new photos and model cards."""

from course.check.questions.question import Question, right, wrong
from course.messages import _


def questions() -> list[Question]:
    """The questions, in the learner's language."""
    return [
        Question(
            _("The network divides by 255 itself. What happens if somebody divides its input by 255 beforehand?"),
            wrong(_("Keras raises an error."), _("The shape is right, and nothing else is checked.")),
            right(
                _("There is no error, but the picture is almost black, and the answer has little to do with the hand."),
                _("Such mistakes are found only by looking at what goes in."),
            ),
            wrong(
                _("Nothing: dividing twice does no harm."),
                _("The network then sees numbers 255 times smaller than in training."),
            ),
        ),
        Question(
            _("Validation pictures had not been seen in training either. Why can new photos still be harder?"),
            wrong(_("They have more pixels."), _("They are brought to 28 × 28 pixels before the network looks.")),
            wrong(
                _("The network forgets while it lies on the disk."),
                _("A saved model keeps every number that it has learned."),
            ),
            right(
                _("They come from somewhere else: other light, other distances, other backgrounds."),
                _("That is domain shift; validation pictures come out of the same drawer as the training pictures."),
            ),
        ),
        Question(
            _(
                "Every picture is brought to the brightness and contrast of the training pictures. Which "
                "trouble is left?"
            ),
            right(
                _("A hand that is far away, or before a busy background."),
                _("No arithmetic on brightness brings a hand nearer or takes a background away."),
            ),
            wrong(_("A picture that is too dark."), _("That is what the remedy cured almost completely.")),
            wrong(_("A picture with little contrast."), _("That was cured, too.")),
        ),
        Question(
            _("Why does a model card give the accuracy for groups of pictures, such as left and right hands?"),
            wrong(
                _("The average cannot be computed without the groups."),
                _("It can; the groups say what it leaves out."),
            ),
            right(
                _("An average can hide that a model works for some people and not for others."),
                _("Who relies on the model has to know whether it works for them."),
            ),
            wrong(
                _("So that the model can choose the right group by itself."),
                _("The card is for people; the model never reads it."),
            ),
        ),
    ]
