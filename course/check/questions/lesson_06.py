"""Questions at the end of lesson 06: perplexity, held-out headlines, overfitting, temperature."""

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
                _("So lower is better, and 1 would be a prophet."),
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
            _("Two papers report perplexities of 90 and 120 on the same headlines. Why may 120 be the better model?"),
            right(
                _("The first may have a smaller vocabulary, so that more words are [UNK], which is easy to guess."),
                _("Perplexities may be compared only with the same vocabulary and the same rule."),
            ),
            wrong(
                _("A higher perplexity means more ideas."),
                _("It means more doubt about the word that really came."),
            ),
            wrong(
                _("The second may have been trained for longer."),
                _("How long a model was trained does not matter to the measure, only what it predicts."),
            ),
        ),
        Question(
            _("Training goes on: the training loss falls, the validation loss rises. What does lesson 2 call this?"),
            wrong(
                _("Masking."),
                _("Masking leaves padding out of the loss."),
            ),
            right(
                _("Overfitting."),
                _("The network learns its headlines by heart. Dropout, from lesson 3, delays that."),
            ),
            wrong(
                _("Too small a vocabulary."),
                _("Both losses are measured with the same vocabulary."),
            ),
        ),
        Question(
            _("You lower the temperature at which words are drawn. What happens?"),
            wrong(
                _("The headlines become more original."),
                _("It is the other way round: the network keeps to what it has seen most often."),
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
