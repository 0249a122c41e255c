"""Questions at the end of lesson 07: shift, one change at a time, and the worth of a score."""

from course.check.questions.question import Question, right, wrong
from course.messages import _


def questions() -> list[Question]:
    """The questions, in the learner's language."""
    return [
        Question(
            _("A network has .98 on the shop's validation images and .83 on the belt's. What does that say?"),
            wrong(
                _("It overfits the training images."),
                _("Then it would be worse on the shop's validation images, too, which it has never learned from."),
            ),
            right(
                _("The belt's images differ from those it learned from."),
                _("A domain shift: the same classes, taken in another way."),
            ),
            wrong(
                _("The belt's images are labeled wrongly."),
                _("That could lower it, but you have looked at the errors: the labels were right."),
            ),
        ),
        Question(
            _("You change the augmentation and the learning rate in one round, and the belt gains .06. Which did it?"),
            wrong(_("The augmentation, which fits the belt."), _("Plausible, and not shown: the rate may have.")),
            wrong(_("Each brought .03."), _("One may have gained more than .06, and the other lost some of it.")),
            right(_("Nobody can say."), _("Two rounds would have told, for half a minute more.")),
        ),
        Question(
            _("A rotten spot lies near the border of an image. Which augmentation could make the label untrue?"),
            wrong(_("A flip left to right."), _("The spot is then on the other side, but it is still there.")),
            right(_("Zooming far in."), _("The spot may be cut off, and what is left looks fresh.")),
            wrong(_("A little more light."), _("The spot stays visible, as it does on a brighter day.")),
        ),
        Question(
            _("You look at the test score, change a decision, look again, and so on. What is the last score worth?"),
            wrong(
                _("As much as the first: the network was never trained on those images."),
                _("You have chosen by them, again and again; that is a kind of training, too."),
            ),
            wrong(
                _("More than the first: it rests on several tries."),
                _("The tries were not independent: each was chosen because of the one before."),
            ),
            right(
                _("Less: you have chosen what suits these very images."),
                _("Decide by the validation images, and ask the test images last."),
            ),
        ),
        Question(
            _("Of 300 test images, one network gets 95.0 % right and another 95.5 %. Which is better?"),
            wrong(
                _("The second one."),
                _("The difference is one or two images; with 300 others it may be the other way round."),
            ),
            right(
                _("That cannot be said from so few images."),
                _("Luck alone moves such a score by a point or more."),
            ),
            wrong(
                _("The first one, since it overfits less."),
                _("Overfitting is not seen in a single score; it takes the training figure beside it."),
            ),
        ),
    ]
