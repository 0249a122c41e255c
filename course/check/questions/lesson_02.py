"""Questions at the end of lesson 02: overfitting and what a dense network knows."""

from course.check.questions.question import Question, right, wrong
from course.messages import _


def questions() -> list[Question]:
    """The questions, in the learner's language."""
    return [
        Question(
            _(
                "The training curve goes on towards 1, the validation curve stays far below it. What "
                "does that say about the network?"
            ),
            wrong(
                _("It has not been trained long enough."),
                _("The validation curve has long been almost flat; more epochs would only move the training curve."),
            ),
            right(
                _("It has learned its training pictures almost by heart."),
                _("That is overfitting: what it still gains, it gains on the pictures that it is shown."),
            ),
            wrong(
                _("The validation pictures carry wrong labels."),
                _("The labels are right: lesson 3 reads the very same pictures far better."),
            ),
        ),
        Question(
            _("Its own training pictures, moved by two pixels, are misread. Why?"),
            wrong(
                _("Moving blurs the fingers."),
                _("Nothing is blurred: all pixels keep their values and only change their places."),
            ),
            wrong(_("The hand now shows another letter."), _("The hand is the same, and you would still read it.")),
            right(
                _(
                    "A dense layer has one weight for each place, and what it knows about one place "
                    "tells it nothing about the next."
                ),
                _("So it learned which pixels are bright when the hand stands just there."),
            ),
        ),
        Question(
            _(
                "The validation loss begins to rise, while the validation accuracy stays about the same. "
                "How can that be?"
            ),
            right(
                _("The network becomes very sure, also where it is wrong."),
                _("A sure wrong answer costs a lot of loss, and the accuracy does not see the difference."),
            ),
            wrong(_("The validation pictures change from epoch to epoch."), _("They are the same all the time.")),
            wrong(_("The learning rate is too small."), _("Small steps would make the loss fall slowly, not rise.")),
        ),
        Question(
            _("Why does the lesson work out how often one would be right by always naming the most frequent letter?"),
            wrong(_("To leave the most frequent letter out."), _("No letter is left out; all of them are to be read.")),
            wrong(
                _("Because the loss works only with classes of the same size."),
                _("The loss works with any frequencies."),
            ),
            right(
                _("To know which accuracy means nothing."),
                _("An accuracy is only worth what lies above the one that needs no learning."),
            ),
        ),
    ]
