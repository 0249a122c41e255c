"""Questions at the end of lesson 03: convolution, pooling, dropout."""

from course.check.questions.question import Question, right, wrong
from course.messages import _


def questions() -> list[Question]:
    """The questions, in the learner's language."""
    return [
        Question(
            _("The hand moves three pixels to the right. What happens to the feature map of a convolution?"),
            right(
                _("It moves along, and is otherwise the same, but for the border."),
                _("The same small pattern is looked for everywhere, with the same numbers."),
            ),
            wrong(
                _("It becomes an entirely different one."),
                _("For the dense network of lesson 2 it was another input altogether; a kernel finds it anywhere."),
            ),
            wrong(
                _("It does not change at all."),
                _("A convolution does see where things are; it is pooling that makes a small move matter less."),
            ),
        ),
        Question(
            _("What does max pooling keep of a square of 2 × 2 numbers?"),
            wrong(_("Their mean."), _("That would be average pooling.")),
            wrong(
                _("The number at the top left."),
                _("Then a strong answer at one of the other three places would be lost."),
            ),
            right(_("The largest of them."), _("It says that something was found, and forgets where exactly.")),
        ),
        Question(
            _(
                "The first convolution has 320 parameters for gray pictures of 28 × 28. How many would "
                "it have for pictures twice as high and wide?"
            ),
            wrong(_("Four times as many."), _("So it is with a dense layer, which has a weight for each pixel.")),
            right(_("As many: 320."), _("A kernel has its 3 × 3 numbers and one bias, however large the picture is.")),
            wrong(_("Twice as many."), _("The number of kernels and their size stay the same.")),
        ),
        Question(
            _("What does dropout do when the trained network is used?"),
            wrong(
                _("It drops the same features as in training."),
                _("In training, too, it draws them anew at every step."),
            ),
            wrong(
                _("It drops other features each time, so the answers vary."),
                _("That happens in training alone; in use, the same picture gets the same answer."),
            ),
            right(_("Nothing."), _("It is there to make relying on a single feature harder while the network learns.")),
        ),
    ]
