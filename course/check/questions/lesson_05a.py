"""Questions at the end of lesson 05a: pre-trained networks and decisions."""

from course.check.questions.question import Question, right, wrong
from course.messages import _


def questions() -> list[Question]:
    """The questions, in the learner's language."""
    return [
        Question(
            _("Where has VGG16 most of its parameters, and where does it do most of its multiplications?"),
            wrong(
                _("Both in the first dense layer."),
                _("Each weight of a dense layer is used only once for a picture."),
            ),
            wrong(
                _("Both in the convolutions."),
                _("A convolution works much with few numbers: the same kernel is used at every place."),
            ),
            right(
                _("The parameters in the first dense layer, the multiplications in the convolutions."),
                _("How much a network remembers and how long it takes are two different things."),
            ),
        ),
        Question(
            _(
                "A pre-trained network gets pixels from 0 to 255, but was trained with numbers from -1 "
                "to 1. What happens?"
            ),
            right(
                _("No error; the answers are just much worse."),
                _("So ask for the recipe of every network before you use it."),
            ),
            wrong(
                _("An error tells the range that it expects."),
                _("Only the shape is checked, and the shape is right."),
            ),
            wrong(
                _("The network gets used to it after some pictures."),
                _("It does not learn while it predicts; its parameters stay as they are."),
            ),
        ),
        Question(
            _(
                "A photo of a mongrel is called a terrier, with a probability of 0.3, and the door "
                "opens. Was that a mistake of the door?"
            ),
            wrong(
                _("Yes, since the name is wrong."),
                _("The door does not ask which dog it is, only whether it is one."),
            ),
            right(
                _("No: it is a dog, and the rest of the probability may belong to other dogs."),
                _("A decision can be right although the prediction under it is not."),
            ),
            wrong(
                _("Yes, since 0.3 is less than a half."),
                _("Among 1,000 classes, with 118 dogs, the probability is often shared."),
            ),
        ),
        Question(
            _(
                "Somebody stands before the camera who belongs to none of the 1,000 classes. What does "
                "the network answer?"
            ),
            wrong(_("That it does not know."), _("There is no such class, and the probabilities always add up to 1.")),
            wrong(
                _("The same small probability for every class."),
                _("An untrained network does about that; a trained one finds some class more likely than others."),
            ),
            right(
                _("One of its 1,000 classes, whatever stands there."),
                _("Whoever builds a door has to think of those who have no class."),
            ),
        ),
    ]
