"""Questions at the end of lesson 07: labels, twins and the worth of a score."""

from course.check.questions.question import Question, right, wrong
from course.messages import _


def questions() -> list[Question]:
    """The questions, in the learner's language."""
    return [
        Question(
            _("A rotten spot lies near the border of a picture. Which augmentation could make the label untrue?"),
            wrong(_("A flip left to right."), _("The spot is then on the other side, but it is still there.")),
            right(_("Zooming far in."), _("The spot may be cut off, and what is left looks fresh.")),
            wrong(_("A little more light."), _("The spot stays visible, as it does on a brighter day.")),
        ),
        Question(
            _("For a validation picture, nearly the same photo is in the training set. What follows?"),
            right(
                _("The validation accuracy promises more than fruit that is really new will keep."),
                _("The network was asked something whose answer it had learned."),
            ),
            wrong(
                _("Nothing, since they are two files."),
                _("For the network the pixels count, and those are nearly the same."),
            ),
            wrong(
                _("The network becomes worse at fresh fruit."),
                _("It does no harm to the training; it spoils the measuring."),
            ),
        ),
        Question(
            _("You look at the test score, change a decision, look again, and so on. What is the last score worth?"),
            wrong(
                _("As much as the first: the network was never trained on those pictures."),
                _("You have chosen by them, again and again; that is a kind of training, too."),
            ),
            wrong(
                _("More than the first: it rests on several tries."),
                _("The tries were not independent: each was chosen because of the one before."),
            ),
            right(
                _("Less: you have chosen what suits these very pictures."),
                _("Decide by the validation pictures, and ask the test pictures last."),
            ),
        ),
        Question(
            _("Of 300 test pictures, one network gets 95.0 % right and another 95.5 %. Which is better?"),
            wrong(
                _("The second one."),
                _("The difference is one or two pictures; with 300 others it may be the other way round."),
            ),
            right(
                _("That cannot be said from so few pictures."),
                _("Luck alone moves such a score by a point or more."),
            ),
            wrong(
                _("The first one, since it overfits less."),
                _("Overfitting is not seen in a single score; it takes the training figure beside it."),
            ),
        ),
    ]
