"""Questions at the end of lesson 04b: preparing images, domain shift, choosing a remedy, refusing, model cards."""

from course.check.questions.question import Question, right, wrong
from course.messages import _


def questions() -> list[Question]:
    """The questions, in the learner's language."""
    return [
        Question(
            _("The network divides by 255 itself. What happens if somebody divides its input by 255 beforehand?"),
            wrong(_("Keras raises an error."), _("The shape is right, and nothing else is checked.")),
            right(
                _("There is no error, but the image is almost black, and the answer has little to do with the hand."),
                _("Such mistakes are found only by looking at what goes in."),
            ),
            wrong(
                _("Nothing: dividing twice does no harm."),
                _("The network then sees numbers 255 times smaller than in training."),
            ),
        ),
        Question(
            _("Nobody in the validation set was in training either. Why are the new images so much harder?"),
            wrong(_("They have more pixels."), _("They are brought to 28 × 28 pixels before the network looks.")),
            wrong(
                _("They show left hands, which are rare in training."),
                _("Lesson 4a mirrored the training images; in validation, the gap by hand is now small."),
            ),
            right(
                _("They come from other cameras, distances, lights and backgrounds."),
                _("That is domain shift: validation images come from the same source as the training images."),
            ),
        ),
        Question(
            _(
                "You try six remedies on the images of three cameras and keep the best. Why report on other "
                "cameras and people?"
            ),
            right(
                _("The best of six is best partly by luck, and luck does not carry over to other images."),
                _("It is lesson 1's point about validation and test: what was used to choose cannot judge."),
            ),
            wrong(
                _("The other half has better cameras."),
                _("They may be better or worse; what matters is that nothing was chosen on them."),
            ),
            wrong(
                _("To have more images."),
                _("It is fewer: each half has half of them."),
            ),
        ),
        Question(
            _("A network for hands says *h*, 0.99, to a photo of a dog. What does that number mean?"),
            wrong(
                _("That the photo shows an h with a probability of 99%."),
                _("There is no hand in it. Nothing in the network can say so."),
            ),
            right(
                _("That of its 24 letters, h fits best by far."),
                _("Softmax shares out 1 among the classes it has; there is none for anything else."),
            ),
            wrong(
                _("That its training data held dogs labeled h."),
                _("They held hands only. To the layers, a dog is just an unusual pattern of edges."),
            ),
        ),
        Question(
            _("Why does a model card give the accuracy for groups, with the number of people in each?"),
            wrong(
                _("The average cannot be computed without the groups."),
                _("It can; the groups say what it leaves out."),
            ),
            right(
                _("An average can hide whom a model fails, and a group of eight people can mislead."),
                _("Lesson 4a's intervals showed how little eight people tell."),
            ),
            wrong(
                _("So that the model can choose the right group by itself."),
                _("The card is for people; the model never reads it."),
            ),
        ),
    ]
