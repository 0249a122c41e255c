"""Questions at the end of lesson 05b: recall, freezing, fine-tuning, thresholds."""

from course.check.questions.question import Question, right, wrong
from course.messages import _


def questions() -> list[Question]:
    """The questions, in the learner's language."""
    return [
        Question(
            _(
                "A door that never opens is right about most of the validation pictures. Which number "
                "shows that it is useless?"
            ),
            wrong(_("Its accuracy."), _("That is high, since most of the pictures are not Bo.")),
            right(_("Its recall."), _("It is 0: Bo never gets in.")),
            wrong(_("The number of its parameters."), _("How large a model is says nothing about whom it lets in.")),
        ),
        Question(
            _("Why may what the frozen part makes of a picture be computed once and kept?"),
            right(
                _("Nothing in it changes, so the same picture always gives the same result."),
                _("In return, the pictures must not change either: so there is a fixed number of augmented versions."),
            ),
            wrong(
                _("The frozen part is not needed for the answer."),
                _("It does nearly all of the work; the head only reads its results."),
            ),
            wrong(_("The results become more exact that way."), _("They are the same; what is saved is time.")),
        ),
        Question(
            _("Why does fine-tuning take small steps?"),
            wrong(_("They make the training quicker."), _("Small steps are slower; that is their price.")),
            wrong(_("The untrained head needs them."), _("The head is trained first, and with larger steps.")),
            right(
                _("Large ones wipe out what the block has learned from a million photos."),
                _("After large steps, the old last layer names only a small part of the pictures as before."),
            ),
        ),
        Question(
            _("You raise the threshold of the door. What may happen?"),
            wrong(_("Bo gets in more often."), _("A higher threshold opens for fewer pictures, never for more.")),
            wrong(
                _("The network is trained anew."),
                _("The probabilities stay; only what one does with them changes."),
            ),
            right(
                _("Fewer strangers get in, and Bo may stay out more often."),
                _("Between the two you have to choose; no network does it for you."),
            ),
        ),
    ]
