"""Questions at the end of lesson 06: perplexity, counting and writing."""

from course.check.questions.question import Question, right, wrong
from course.messages import _


def questions() -> list[Question]:
    """The questions, in the learner's language."""
    return [
        Question(
            _("A language model has a perplexity of 100. What does that mean?"),
            wrong(
                _("It names the right word once in 100 times."),
                _("That would be an accuracy; perplexity looks at the probability that the right word gets."),
            ),
            right(
                _("On average it is as undecided as among 100 equally probable tokens."),
                _("So lower is better, and 1 would be a clairvoyant."),
            ),
            wrong(
                _("It has 100 words in its vocabulary."),
                _(
                    "The vocabulary has thousands of words; with 100 of them, 100 would be the "
                    "perplexity of blind guessing."
                ),
            ),
        ),
        Question(
            _("Why are the validation headlines put aside before any word is counted?"),
            wrong(_("Counting is quicker with fewer headlines."), _("Counting takes hardly a second either way.")),
            wrong(
                _("Headlines that are put aside have other words."),
                _("Some of their words are new, but that is not decided beforehand: every tenth headline is taken."),
            ),
            right(
                _("Whatever is counted in them, the models would have learned from what they are judged by."),
                _("A vocabulary is learned from the data, too."),
            ),
        ),
        Question(
            _("Why is the mixture of trigram and network better than either?"),
            right(
                _("They are not wrong in the same places."),
                _(
                    "The trigram remembers exactly what it has seen; the network does better where it "
                    "has seen nothing alike."
                ),
            ),
            wrong(
                _("It has been trained longer."),
                _("Nothing is trained for it: it is the mean of two probabilities."),
            ),
            wrong(
                _("A mean is always better than what it is made of."),
                _("Two models that make the same mistakes would gain nothing."),
            ),
        ),
        Question(
            _("You lower the temperature at which words are drawn. What happens?"),
            wrong(
                _("The headlines become more original."),
                _("It is the other way round: they are put together from longer pieces of what was read."),
            ),
            wrong(
                _("The network has to be trained again."),
                _("The network stays as it is; only the drawing changes."),
            ),
            right(
                _("What is probable becomes more so, and the rare is drawn less often."),
                _("At 0 it would always be the most probable word."),
            ),
        ),
    ]
