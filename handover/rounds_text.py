KEEPNOTE = {1: "Kept: it gains on the belt and loses nothing in the shop.", 2: "Kept.", 3: "Kept."}
SUBST = {}
CHANGED = '''(
    "The augmentation that looks like the belt. In its round nothing else changed, the images were the same,"
    " and the gain was several times what another seed brings."
)'''
TRUST = '''(
    "The accuracy on belt/valid after the last round: I chose three times by these 180 images,"
    " so it flatters, and a single image is half a point."
)'''
round_(1, '''{
    "augment": keras.Sequential(
        [
            keras.layers.RandomFlip("horizontal_and_vertical"),
            keras.layers.RandomRotation(0.5, fill_mode="nearest"),
            keras.layers.RandomZoom((-0.2, 0.4), fill_mode="nearest"),
            keras.layers.RandomTranslation(0.15, 0.15, fill_mode="nearest"),
            keras.layers.RandomBrightness((-0.5, 0.1)),
            keras.layers.RandomContrast(0.3),
        ]
    )
}''', "On the belt it is dark, and the fruit lies on any side.", "Only what the camera above the belt does: any direction, darkness, more or less contrast, smaller fruit. Colors stay, since brown is evidence; there is little zooming in, so that no mark is cut off.")
md("round-2-why", """
## 7.5 Round 2 · core

Look at the errors again, those of the network that you kept, and change one thing.
""")
code("errors-2", """
if keep:
    recipe, model, scores = trial, trial_model, trial_scores

show_errors(model)
""")
round_(2, '{"tune_rate": 0.0003}', "After two epochs the loss still falls; the steps are too small.", "Three times the rate: in a quick round, the second part has only 16 steps.")
md("round-3-why", """
## 7.6 Round 3 · core
""")
code("errors-3", """
if keep:
    recipe, model, scores = trial, trial_model, trial_scores

show_errors(model)
""")
round_(3, '{"unfreeze": "block6a"}', "Dark ground and lamps change more than the last block can mend.", "Four blocks more may learn. It costs seconds, and in our runs it helped the belt.")
