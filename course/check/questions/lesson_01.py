"""Questions at the end of lesson 01: rules, gradient descent, backpropagation, curves, activations."""

from course.check.questions.question import Question, right, wrong
from course.messages import _


def questions() -> list[Question]:
    """The questions, in the learner's language."""
    return [
        Question(
            _("Measuring ink tells 0 from 1 well. Why not go on writing such rules?"),
            wrong(
                _("Ink cannot be measured exactly enough."),
                _("It is measured exactly; it just says too little about the shape of a digit."),
            ),
            right(
                _("Every rule has exceptions, each exception needs a new rule, and there are many pairs of digits."),
                _("For 3 and 8, the same rule is hardly better than tossing a coin."),
            ),
            wrong(
                _("A computer takes too long to follow rules."),
                _("The rule takes no time at all; training a network takes much longer."),
            ),
        ),
        Question(
            _(
                "The gradient says that the loss grows when a parameter grows. What does the next step "
                "of gradient descent do to that parameter?"
            ),
            right(
                _("It makes it a little smaller."),
                _("Each step goes against the gradient, so that the loss gets smaller."),
            ),
            wrong(_("It makes it a little larger."), _("Then the loss would grow; a step goes against the gradient.")),
            wrong(
                _("It sets it to the value with the smallest loss at once."),
                _("That value is not known; the gradient only tells which way is down, so there are many small steps."),
            ),
        ),
        Question(
            _("What does backpropagation compute?"),
            wrong(
                _("Better values for all weights."),
                _("It computes slopes; the optimizer then uses them to take a step."),
            ),
            wrong(
                _("The input that would have given the right answer."),
                _("The inputs are given; what can change are the weights and biases."),
            ),
            right(
                _("How fast the loss grows with each weight, for all weights in one pass."),
                _("Each part multiplies the slope that comes back by its own factor and passes it on."),
            ),
        ),
        Question(
            _("After the first epoch, the validation accuracy is above the training accuracy. Why?"),
            wrong(
                _("The network has learned from the validation images, too."),
                _("It never learns from them; they are only used to judge it."),
            ),
            wrong(
                _("The validation images are easier to read."),
                _("They are of the same kind; by the end, the network reads them a little worse than the others."),
            ),
            right(
                _("The training figure is an average over the whole epoch, while the network was still learning."),
                _("The validation figure is taken at the end of the epoch, when the network knows more."),
            ),
        ),
        Question(
            _("Why do hidden layers need an activation such as ReLU?"),
            wrong(
                _("It adds parameters, so that the network can remember more."),
                _("It has no parameters: without it, the network had just as many and still failed on the spirals."),
            ),
            right(
                _("It bends the sums, so that one layer can build on another."),
                _("Without the bend, many layers could do no more than a single one."),
            ),
            wrong(_("It turns the sums into probabilities."), _("That is what softmax does, at the output.")),
        ),
    ]
