"""Questions at the end of lesson 04a: confounders, the bootstrap, augmentation."""

from course.check.questions.question import Question, right, wrong
from course.messages import _


def questions() -> list[Question]:
    """The questions, in the learner's language."""
    return [
        Question(
            _(
                "A clinic's network misses more tumors in older patients. Their images come mostly from an old "
                "scanner. What do you look at first?"
            ),
            right(
                _("Older and younger patients who were imaged by the same scanner."),
                _("Only then does age alone differ. The scanner may be the confounder, as the hand was here."),
            ),
            wrong(
                _("More images of older patients."),
                _("From the same scanner? Then you would still not know which of the two matters."),
            ),
            wrong(
                _("The average over all patients."),
                _("It mixes both factors, and hides the difference as well."),
            ),
        ),
        Question(
            _("Why does the bootstrap of this lesson draw people and not single images?"),
            wrong(
                _("There are too many images."),
                _("Drawing 7,172 numbers takes no time. The images of one person resemble each other."),
            ),
            right(
                _("Images of one person tend to be read or misread together; what may differ is who is there."),
                _("Drawing images would treat 30 images of one hand as 30 people; the interval would be too short."),
            ),
            wrong(
                _("A person's images must all be read alike."),
                _("They are not; but they resemble each other more than images of different people."),
            ),
        ),
        Question(
            _("Augmentation layers stand in front of the network. What happens to a validation image there?"),
            wrong(
                _("It is changed at random, like a training image."),
                _("The layers act in training only; otherwise the measured accuracy would be that of changed images."),
            ),
            right(
                _("Nothing: in evaluation, it passes through unchanged."),
                _("It stands for the images that the network will meet, and those come as they are."),
            ),
            wrong(
                _("It is mirrored back."),
                _("Nobody knows which hand it shows; it simply passes through."),
            ),
        ),
        Question(
            _(
                "Lesson 3: a convolution finds an edge wherever it is. Why does moving the training images "
                "still help such a network?"
            ),
            right(
                _("The dense layers after the last block see where each feature lies, and learn those places."),
                _("That is why lesson 3's accuracy falls when images are moved by a few pixels."),
            ),
            wrong(
                _("Because pooling needs images of different sizes."),
                _("Pooling works on images of one size as well; all of ours have 28 × 28 pixels."),
            ),
            wrong(
                _("It does not: shifts change nothing for a convolutional network."),
                _("For the maps of a single convolution that is nearly true; for the answer it is not."),
            ),
        ),
        Question(
            _("What did augmentation *not* fix, and what would?"),
            wrong(
                _("Left hands; a larger network would."),
                _("Mirroring fixed most of that, and lesson 3's network is large enough."),
            ),
            wrong(
                _("The training accuracy; more epochs would."),
                _("It is measured on changed images, and may well stay a little lower."),
            ),
            right(
                _("New people are still misread more often than known ones; more people in training would."),
                _("Changing images makes variety of the people who are there. It adds nobody."),
            ),
        ),
    ]
