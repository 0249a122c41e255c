"""Builds dev/solutions/07_assessment.ipynb."""
import json, sys
sys.path.insert(0, "/work/wt/belt/tests"); sys.path.insert(0, "/work/wt/belt")
from contract import SETUP_SOURCE
cells = []
def md(id, text, tags=None): cells.append(("markdown", id, text.strip("\n"), tags))
def code(id, text, tags=None): cells.append(("code", id, text.strip("\n"), tags))

md("title", """
# 7. The assessment: a camera above the belt

A grocer wants a camera above his belt that sorts fruit: apples, bananas and oranges, fresh or rotten, six classes. You build the network. Nothing in it is new; what is new is that the decisions are yours. And the photos that you may train on were taken in the shop, while the camera hangs above the belt. You will measure what that costs, change one thing, measure again, and say what the last figure is worth.

**You pass** with at least 92 % of the shop's test images right and a log of at least three rounds, each of which changed one thing. **You pass with distinction** with at least 92 % of the belt's test images right as well.

In this lesson you show that you can

- find out where a network fails, and turn that into a change worth trying;
- change one thing at a time, and tell a gain from luck;
- fine-tune a pre-trained network on images that are not like those it will meet;
- choose a threshold by what each kind of mistake costs;
- submit one network that takes pixels, and say which of its scores to trust.

**Time:** 2 hours (our estimate); about 5 minutes for the computer to run, once it is complete, on two CPU cores.

**You need:** lesson 5b, which fine-tunes the same backbone for one dog, and lesson 4a, which explains augmentation. Keep them open; looking things up is part of the work. No file from an earlier lesson.
""")
md("solved", """
**This is the solved assessment**, for instructors and for the course's own tests. The learner's copy, `07_assessment.ipynb`, is generated from it (`python -m dev.studio.assessment`): what stands between the marks `region FIXME` and `endregion` becomes a blank, and cells such as this one are left out. Other answers pass, too.
""", ["answer"])
md("how-it-works", """
## How it works

Most cells are ready to run. Some hold a blank, `...  # FIXME`: there you decide. The line `check.decided(…)` below a blank looks at your answer. It refuses only what cannot work, and says why; what is merely weak will show in your log. Choose *Run → Run All Cells* whenever you like: the run ends at the first decision that is still open.
""")
code("setup", SETUP_SOURCE)
code("check-data", """
from course import pretrained
from course.assessment import Log, run_assessment

check.data(DATA, "fruits")
""")
code("imports", """
import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from PIL import Image, ImageOps

plt.style.use(ROOT / "images" / "course.mplstyle")
""")
code("seed", """
SEED = 1
keras.utils.set_random_seed(SEED)
""")
md("load-data-why", """
## 7.1 Shop and belt · core

The training images are the shop's. Two sets are there to judge by: the shop's validation images, and a smaller set from the camera above the belt, `belt/valid`. You may look at both as often as you like, but not train on them. (With the data that comes with the course, all images are rendered by a program. The original data has photos, but none from a belt: there the shop's validation images serve for both, the two figures are equal, and there is no distinction to earn.)

Every image is resized to 224 × 224, as the grader does it.
""")
code("load-data", """
FRUITS = DATA / "fruits"
classes = sorted(folder.name for folder in (FRUITS / "train").iterdir() if folder.is_dir())


def read(path):
    photo = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    return np.asarray(photo.resize((224, 224), Image.Resampling.BILINEAR))


def load(part):
    paths = [path for name in classes for path in sorted((FRUITS / part / name).glob("*.jpg"))]
    labels = np.array([classes.index(path.parent.name) for path in paths])
    return np.stack([read(path) for path in paths]), labels


has_belt = (FRUITS / "belt").is_dir()
train_images, train_labels = load("train")
shop_images, shop_labels = load("valid")
belt_images, belt_labels = load("belt/valid" if has_belt else "valid")
check.keep(train_images=train_images, train_labels=train_labels)
check.keep(shop_images=shop_images, shop_labels=shop_labels)
check.keep(belt_images=belt_images, belt_labels=belt_labels)
""")
code("counts", """
labels_of = {"training": train_labels, "shop": shop_labels, "belt": belt_labels}
pd.DataFrame({name: np.bincount(labels, minlength=6) for name, labels in labels_of.items()}, index=classes)
""")
md("look-why", """
Look before you decide anything. In each row, three images from the shop, then three from the belt. What is different that says nothing about fresh or rotten?
""")
code("look", """
def show(rows, titles=()):
    axes = plt.subplots(len(rows), len(rows[0]), figsize=(11, 1.9 * len(rows)), squeeze=False)[1]
    for ax, image in zip(axes.flat, np.concatenate(rows)):
        ax.imshow(image)
        ax.axis("off")
    for ax, title in zip(axes.flat, titles):
        ax.set_title(title, loc="center", fontsize=9)
    plt.show()


rng = np.random.default_rng(SEED)
rows, titles = [], []
for label, name in enumerate(classes):
    shop = rng.choice(np.flatnonzero(train_labels == label), 3, replace=False)
    belt = rng.choice(np.flatnonzero(belt_labels == label), 3, replace=False)
    rows.append(np.concatenate([train_images[shop], belt_images[belt]]))
    titles += [f"{name}, shop"] * 3 + [f"{name}, belt"] * 3
show(rows, titles)
""")
md("recipe-why", """
## 7.2 A network that works · core

You do not begin from nothing. Here is what lesson 5b did for one dog, with six outputs in place of one, written down as a **recipe**: everything that could be decided otherwise has a name. It is trained from pixels, in two steps: the head alone, then the last blocks of the backbone as well. Augmentation comes before the model in training only.
""")
code("recipe", """
backbone = pretrained.load()
check.keep(backbone=backbone)

recipe = {
    "augment": keras.Sequential(
        [
            keras.layers.RandomFlip("horizontal"),
            keras.layers.RandomRotation(0.06, fill_mode="nearest"),
            keras.layers.RandomZoom((-0.25, 0.05), fill_mode="nearest"),
            keras.layers.RandomTranslation(0.08, 0.08, fill_mode="nearest"),
            keras.layers.RandomBrightness(0.15),
            keras.layers.RandomContrast(0.15),
        ]
    ),
    "preprocess": backbone.preprocess,
    "head": keras.Sequential([keras.Input((1280,)), keras.layers.Dropout(0.3), keras.layers.Dense(6)]),
    "loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    "head_rate": 0.003,
    "head_epochs": 2,
    "unfreeze": "block7a",
    "tune_rate": 0.0001,
    "tune_epochs": 2,
}
""")
code("train", """
def build(recipe):
    features = pretrained.load().features
    pixels = keras.Input((224, 224, 3), name="pixels")
    x = features(recipe["preprocess"](pixels), training=False)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(pixels, keras.models.clone_model(recipe["head"])(x)), features


def unfreeze(features, first):
    features.trainable, learns = True, False
    for layer in features.layers:
        learns = learns or layer.name.startswith(first)
        layer.trainable = learns and not isinstance(layer, keras.layers.BatchNormalization)


def train(recipe, images, labels):
    keras.utils.set_random_seed(SEED)
    model, features = build(recipe)
    learner = keras.Sequential([keras.models.clone_model(recipe["augment"]), model])

    features.trainable = False
    learner.compile(keras.optimizers.Adam(recipe["head_rate"]), recipe["loss"], metrics=["accuracy"])
    learner.fit(images, labels, batch_size=32, epochs=recipe["head_epochs"], verbose=2)

    unfreeze(features, recipe["unfreeze"])
    learner.compile(keras.optimizers.Adam(recipe["tune_rate"]), recipe["loss"], metrics=["accuracy"])
    learner.fit(images, labels, batch_size=32, epochs=recipe["tune_epochs"], verbose=2)
    return model
""")
md("quick-why", """
Training on all images takes minutes. To compare ideas, a part is enough: 40 images of each class, half a minute a round. `None` takes all of them.
""")
code("quick", """
EACH = 40  # None: all images

few = np.concatenate([np.flatnonzero(train_labels == label)[:EACH] for label in range(6)])
few_images, few_labels = train_images[few], train_labels[few]
print("a round", len(few), "of", len(train_images))
""")
md("start-why", """
**Predict before you run:** the network learns from the shop's photos and will do well on the shop's validation images. What will its accuracy be above the belt?
""")
code("guess-belt", """
guess_belt = ...
""", ["prediction"])
code("start", """
def accuracy(model, images, labels):
    return float(np.mean(model.predict(images, verbose=0).argmax(axis=1) == labels))


def measure(model):
    return accuracy(model, shop_images, shop_labels), accuracy(model, belt_images, belt_labels)


model = train(recipe, few_images, few_labels)
scores = measure(model)
start_shop, start_belt = scores
print("shop", f"{start_shop:.3f}", "belt", f"{start_belt:.3f}")
check.guess(guess_belt, start_belt)
""")
md("start-read", """
Same fruit, another camera. The difference between the two figures is called a **domain shift**, and you cannot see it on the shop's images however many you have.
""")
md("errors-why", """
## 7.3 Where it fails · core

An accuracy says how often, not where. Which images of the belt does it get wrong, and with which answer? Each title: label → predicted (probability).
""")
code("errors", """
def probabilities_of(model, images):
    outputs = model.predict(images, verbose=0)
    return keras.ops.convert_to_numpy(keras.ops.softmax(outputs))


def show_errors(model):
    probabilities = probabilities_of(model, belt_images)
    answers = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(answers != belt_labels)
    worst = wrong[probabilities[wrong, belt_labels[wrong]].argsort()][:12]
    titles = [f"{classes[belt_labels[i]]} →\\n{classes[answers[i]]} ({probabilities[i].max():.2f})" for i in worst]
    half = max((len(worst) + 1) // 2, 1)
    show([belt_images[worst[start : start + half]] for start in range(0, len(worst) - half + 1, half)], titles)
    table = pd.crosstab(belt_labels, answers).reindex(index=range(6), columns=range(6), fill_value=0)
    return table.set_axis(classes, axis=0).set_axis(classes, axis=1)


show_errors(model)
""")
md("errors-read", """
Rows are labels, columns are answers. Ask three things. Does it confuse *fruits*, or *fresh and rotten* of one fruit? Do the errors have something in common that the shop's photos lack: the dark ground, the side the fruit lies on, several in one image, blur, lamps? And do its marks of rot survive your augmentation? Each answer is a change worth trying.
""")
md("round-1-why", """
## 7.4 Round 1 · core

A round changes **one** entry of the recipe, trains on the same images, and is judged on the same images. Write

- `change`: a dictionary with one entry, such as `{"head_rate": 0.001}`;
- `why`: what you saw that made you try it, in a sentence.

| entry | what it may be |
|---|---|
| `augment` | a `keras.Sequential` of random layers: pixels from 0 to 255 in and out |
| `preprocess` | a layer or `Sequential` from pixels to what the backbone expects |
| `head` | a `Sequential` from 1,280 numbers to six logits |
| `loss` | a loss for whole-number labels that fits the head |
| `head_rate`, `tune_rate` | learning rates of the two steps |
| `head_epochs`, `tune_epochs` | epochs of the two steps; a `tune_epochs` of 0 leaves the backbone frozen |
| `unfreeze` | where the layers that may learn begin: `"stem"`, `"block1a"` … `"block7a"`, `"head"` |

The blocks are named as in Lite0: 1a, 2a–b, 3a–b, 4a–c, 5a–c, 6a–d, 7a, then the last convolution, `head`.
""")
def round_(n, change, why, note, first=False):
    code(f"decide-change-{n}", f'''
# region FIXME
change = {change}
why = "{why}"
# endregion

check.decided("07.change")
''')
    md(f"change-{n}-answer", note, ["answer"])
    code(f"round-{n}", '''
trial = recipe | change
trial_model = train(trial, few_images, few_labels)
trial_scores = measure(trial_model)
log.add(recipe, trial, why, shop=(scores[0], trial_scores[0]), belt=(scores[1], trial_scores[1]))
log
''' if n > 1 else '''
log = Log()

trial = recipe | change
trial_model = train(trial, few_images, few_labels)
trial_scores = measure(trial_model)
log.add(recipe, trial, why, shop=(scores[0], trial_scores[0]), belt=(scores[1], trial_scores[1]))
log
''')
    if n == 1:
        md("keep-why", """
### Keep it?

On 180 images, an accuracy of .85 is uncertain by about .05 either way, and another seed moves it, too. So a step of one or two hundredths may be luck; a step of ten is not. A change that costs the shop nothing and has a good reason may be kept all the same. Decide: `True` goes on from the recipe that you tried, `False` from the one before.
""")
    code(f"decide-keep-{n}", f'''
# region FIXME
keep = {KEEP[n]}
# endregion

check.decided("07.keep")
''')
    md(f"keep-{n}-answer", KEEPNOTE[n], ["answer"])
KEEP = {1: "True", 2: "True", 3: "True"}
exec(open("/tmp/belt/rounds_text.py").read())

code("go-on-3", """
if keep:
    recipe, model, scores = trial, trial_model, trial_scores

print("shop", f"{scores[0]:.3f}", "belt", f"{scores[1]:.3f}")
""")
md("more-rounds", """
Three rounds are needed, more are welcome: insert cells below, copy the two of a round into them, and go on. A round that changed nothing does not count.
""")
md("final-why", """
## 7.7 All the images · core

Now the recipe that you kept, on every training image. You may give it more epochs here: more images have more to teach. Watch both figures.
""")
code("decide-final", """
# region FIXME
final = recipe | {"head_epochs": 2, "tune_epochs": 3}
# endregion

check.decided("07.final")
""")
md("final-answer", "The same recipe; three epochs on all images are fifteen times as many steps as a quick round had in the second part.", ["answer"])
code("final", """
model = train(final, train_images, train_labels)
val_accuracy, belt_val_accuracy = measure(model)
print("shop", f"{start_shop:.3f} → {val_accuracy:.3f}")
print("belt", f"{start_belt:.3f} → {belt_val_accuracy:.3f}")
""")
code("final-errors", """
show_errors(model)
""")
md("final-read", """
How much of the gain is due to your rounds, and how much to more images? The log alone cannot say: train the first recipe on all images, too, if you want to know. (That is a comparison worth making before you answer the first question in 7.9.)
""")
md("cost-why", """
## 7.8 When is a fruit rotten? · core

The grocer does not pay for accuracy. A rotten fruit in a customer's basket costs him 5.00: the refund, and sometimes the customer. A fresh fruit thrown away costs 0.40. On his belt, 5 fruits in 100 are rotten, not half of them as in these folders.

The network's probability that a fruit is rotten is the sum over the three rotten classes. Above a threshold, the fruit is thrown away. **Predict before you run:** is the cheapest threshold above or below one half?
""")
code("cost", """
is_rotten = np.array([classes[label].startswith("rotten") for label in belt_labels])
p_rotten = probabilities_of(model, belt_images)[:, 3:].sum(axis=1)


def cost(threshold):
    sold = np.mean(p_rotten[is_rotten] <= threshold)
    thrown = np.mean(p_rotten[~is_rotten] > threshold)
    return 1000 * (0.05 * sold * 5.00 + 0.95 * thrown * 0.40)


thresholds = np.linspace(0.01, 0.99, 99)
costs = np.array([cost(threshold) for threshold in thresholds])

plt.plot(thresholds, costs)
plt.axhline(250, color="C2", linestyle=":", label="no camera")
plt.title("What a thousand fruits cost, by threshold")
plt.xlabel("threshold")
plt.ylabel("cost of 1,000 fruits")
plt.legend()
plt.show()
print("no camera", 250, "at one half", f"{cost(0.5):.0f}", "lowest", f"{costs.min():.0f}")
""")
md("decide-threshold-why", """
Without a camera, all 50 rotten fruits of a thousand are sold, which costs 250. Choose `rotten_threshold`. The lowest point of a curve that rests on 90 rotten and 90 fresh images is partly luck: look at the whole valley, and take a place in it that you can defend.
""")
code("decide-threshold", """
# region FIXME
lowest = thresholds[costs <= costs.min() + 5]
rotten_threshold = float(np.median(lowest))
# endregion

check.decided("07.threshold")
""")
md("threshold-answer", "The middle of the valley's floor: every threshold there is within 5 of the cheapest.", ["answer"])
code("threshold-cost", """
print("threshold", f"{rotten_threshold:.2f}", "cost", f"{cost(rotten_threshold):.0f}")
""")
md("words-why", """
## 7.9 Two questions · core

Your instructor reads these beside your log. A few sentences each.

- `changed_most`: which decision moved the belt most, and how do you know that it was this decision?
- `trust_least`: which of your numbers do you trust least, and why?
""")
code("decide-words", '''
# region FIXME
changed_most = %s
trust_least = %s
# endregion

check.decided("07.words")
''' % (CHANGED, TRUST))
md("save-why", """
## 7.10 Submit it · core

The network is saved whole, its preprocessing included; there is no augmentation in it.
""")
code("save", """
with check.saving(MODELS / "fruit_model.keras") as path:
    model.save(path)

print("size", f"{(MODELS / 'fruit_model.keras').stat().st_size / 1e6:.0f} MB")
""")
md("assess-why", """
`run_assessment` scores your network on **test images**, those of the shop and those of the belt, and writes what you submit: a zip in the folder `models` with the network, this notebook, your log, your threshold and your answers. It makes its own predictions from raw pixels: how the network was compiled, or what you measured above, plays no part. Who passes finds a certificate beside it, *self-assessed*. (`run_assessment(model, log, …, name="…")` puts your name on both.)

What are these scores worth?

- **You decided without these images.** The first score that you read here is an honest estimate, more honest than `belt/valid`, by which you chose.
- **They are not secret.** If you come back to a decision because of this score, you choose what suits these very images. Decide by the validation images, and ask the test images once.
- **They are few.** Of 300 images, a network that is right 95 times in 100 usually gets between 92 and 97 % right, by luck alone.

For a class, the instructor grades what you submit on other images of both kinds, which nobody in the room has.
""")
code("assess", """
result = run_assessment(
    model,
    log,
    rotten_threshold=rotten_threshold,
    answers=(changed_most, trust_least),
    start_belt_accuracy=start_belt,
    val_accuracy=val_accuracy,
    belt_val_accuracy=belt_val_accuracy,
)
test_accuracy, belt_test_accuracy = result["score"], result["belt_score"]
""")
md("ours-why", """
### Our log

Passed or not, this is how we went about it, on the data that comes with the course. It is one way, and not the best.
""")
code("ours", """
result["ours"]
""")
md("results-why", """
## 7.11 Where you stand

The ranges are those of our own solution with several seeds. Yours may lie outside, on either side.
""")
code("results", """
on_belt = {"start_belt_accuracy": start_belt, "belt_val_accuracy": belt_val_accuracy} if has_belt else {}
tests = {"test_accuracy": test_accuracy} | ({"belt_test_accuracy": belt_test_accuracy} if has_belt else {})
check.results("07_assessment", val_accuracy=val_accuracy, **on_belt, **tests)
""")
md("quiz-why", """
## Check yourself

Choose an answer and you will see why immediately. Not graded; nothing is stored or sent.
""")
code("quiz", 'check.quiz("07")')
md("footer", """
## What you have shown

- You looked at errors before you changed anything, and changed one thing at a time.
- You judged by images like those that the network will meet, and wrote down what each step brought.
- You fine-tuned a network without wiping out what a million photos had taught it.
- You put a price on mistakes, and chose the threshold by it.
- You know which of your figures is an estimate, and which one you chose by.

**One question to take with you:** next month the grocer puts in new lamps. Which of your figures still holds, and what would you ask him for before you promise anything?

**Next:** your own data. Two folders of images and lesson 5b are enough to begin.
""")
md("clean-up-why", """
## Clean up

When you have finished with this notebook, set `finished = True` and run the cell, or choose *Kernel → Shut Down Kernel* from the menu.
""")
code("clean-up", """
from IPython import get_ipython

finished = False
if finished:
    get_ipython().kernel.do_shutdown(restart=False)
""")

def cell(kind, id, text, tags):
    for k, v in SUBST.items(): text = text.replace(k, v)
    c = {"cell_type": kind, "id": id, "metadata": {"tags": tags} if tags else {}, "source": text.splitlines(keepends=True)}
    return c | ({"execution_count": None, "outputs": []} if kind == "code" else {})
from course.runner import notebooks
from dev.studio import assessment
old = notebooks.read(assessment.SOLVED)
old["cells"] = [cell(*c) for c in cells]
from course.files import write_text
write_text(assessment.SOLVED, notebooks.dumps(notebooks.canonical(old)))
assessment.main()
