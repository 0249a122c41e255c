"""Questions at the end of lesson 03: convolution, receptive field, ablation, and what lessons 1 and 2 had to say."""

from course.check.questions.question import Question, right, wrong
from course.messages import _


def questions() -> list[Question]:
    """The questions, in the learner's language."""
    return [
        Question(
            _("The hand moves three pixels to the right. What happens to the feature map of a convolution?"),
            right(
                _("It moves along and is otherwise the same, except at the border."),
                _("The same nine numbers are used at every place: weight sharing."),
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
            _(
                "The first convolution has 320 parameters for gray images of 28 × 28. How many would "
                "it have for images twice as high and wide?"
            ),
            wrong(_("Four times as many."), _("So it is with a dense layer, which has a weight for each pixel.")),
            right(_("The same: 320."), _("A kernel has its 3 × 3 numbers and one bias, however large the image is.")),
            wrong(_("Twice as many."), _("The number of kernels and their size stay the same.")),
        ),
        Question(
            _(
                "Your classes differ in details of 30 pixels, and the last convolution of your network has a receptive "
                "field of 18. What helps most directly?"
            ),
            wrong(
                _("More kernels in each layer."),
                _("They find more kinds of patterns, but none that is larger than 18 pixels."),
            ),
            right(
                _("One more block of convolution and pooling."),
                _("Each layer adds to the receptive field, and each stride multiplies what later layers add."),
            ),
            wrong(
                _("More epochs."),
                _("That convolution has no connection to pixels outside its field; training cannot change it."),
            ),
        ),
        Question(
            _("Beside batch normalization, dropout is worth less than a point. What may you conclude?"),
            wrong(
                _("Dropout is useless."),
                _("It gained a little here; with other data or longer training it may gain more."),
            ),
            right(
                _("It helped a little here: with this network, these data and five epochs."),
                _("An ablation answers for what was run. It is still better than copying an ingredient on faith."),
            ),
            wrong(
                _("One run more or less would not change the table."),
                _("Single runs differ by about half a point, nearly as much as dropout gains: one seed is not enough."),
            ),
        ),
        Question(
            _("Your CNN reads more than nine in ten images of new people. What should you ask, as in lesson 2?"),
            wrong(
                _("How many epochs it took."),
                _("That is a question of cost; it does not say what the number is worth."),
            ),
            right(
                _("Is anybody in both sets, and what does the simplest reader get?"),
                _("The split and the baseline say what a score is worth: nobody is, and memory gets about 80%."),
            ),
            wrong(
                _("Whether the loss was categorical cross-entropy."),
                _("Any suitable loss would do; the accuracy is counted in the same way."),
            ),
        ),
    ]
