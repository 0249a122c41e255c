"""Questions at the end of lesson 02: splits, overfitting, confidence, what a dense network knows."""

from course.check.questions.question import Question, right, wrong
from course.messages import _


def questions() -> list[Question]:
    """The questions, in the learner's language."""
    return [
        Question(
            _(
                "A hospital wants to know how well a model reads X-rays of patients it has never seen. Each patient "
                "has several X-rays. How should they be split?"
            ),
            wrong(
                _("At random, so that both parts are alike."),
                _("Then most patients are in both parts, and the model may simply recognize them: the leak of 2.8."),
            ),
            right(
                _("By patient: all X-rays of one patient go into the same part."),
                _("What will be new in use has to be new in the test. Here, people."),
            ),
            wrong(
                _("The oldest images for training, the newest for the test."),
                _("A patient who was there before and after is in both parts. Against other leaks, time can help."),
            ),
        ),
        Question(
            _(
                "The validation loss rises while the validation accuracy still creeps upward. How can both be true at "
                "the same time?"
            ),
            right(
                _("A few more answers are right, but the wrong ones are given with more confidence."),
                _("The accuracy only counts; the loss also asks how much probability the right letter was given."),
            ),
            wrong(
                _("The validation images change from epoch to epoch."),
                _("They are the same all the time; only the weights change."),
            ),
            wrong(
                _("One of the two must be computed wrongly."),
                _("Both are computed from the same answers; they ask different questions about them."),
            ),
        ),
        Question(
            _("The network's accuracy on new people was below that of a memory of the training images. What follows?"),
            wrong(
                _("Networks are useless for images."),
                _("This one is not good enough. Lesson 3 has one that beats memory by far, with fewer parameters."),
            ),
            wrong(
                _("The network remembers images too, but badly."),
                _("Its mistakes are not those of memory: the nearest image explains one in four at most."),
            ),
            right(
                _("A score says little until you know what the simplest method reaches."),
                _("Without the baseline, three letters in four would have looked respectable."),
            ),
        ),
        Question(
            _(
                "In lesson 1 you shuffled the pixels of all images in the same way, and the accuracy hardly changed. "
                "Here you moved the hand by two pixels, and it collapsed. Why is that no contradiction?"
            ),
            wrong(
                _("Hands are more complicated than digits."),
                _("Shuffled hands would be learned just as well; the difference is not in the images."),
            ),
            right(
                _("The shuffled network had learned from shuffled images. The moved images came after training."),
                _("A dense layer learns any fixed order of pixels. What it cannot do is carry over to other places."),
            ),
            wrong(
                _("Two pixels change more of the image than shuffling."),
                _("Shuffling moves nearly every pixel, and much farther."),
            ),
        ),
        Question(
            _("A model ends with 99% in training and 70% in validation. What will not help with new images?"),
            wrong(
                _("More training images, of more people."),
                _("It helped here, more slowly with every step: the gap shrank from 1,000 to 27,455 images."),
            ),
            wrong(
                _("Going back to an earlier epoch."),
                _("It costs or gains little accuracy, but it makes the confidence more honest."),
            ),
            right(
                _("Training on until the training accuracy is 100%."),
                _("The training data hold almost nothing more to learn from; the gap is about other images."),
            ),
        ),
    ]
