# Each target calls `python -m course` or, for those who change the course, `python -m dev`, which do the same without
# make. PYTHON chooses the interpreter, ARGS passes on more options.
# HOST, PORT, LESSON, WHEELS and DATA count where they stand on make's command line: shells export a HOST of their own.
PYTHON ?= python3
COURSE = $(PYTHON) -m course
DEV = $(PYTHON) -m dev
given = $(filter command,$(firstword $(origin $1)))
option = $(if $(call given,$1),--$2 "$($1)")
lesson = $(if $(call given,LESSON),$(LESSON))
args = $(if $(call given,ARGS),$(ARGS))
setup_options = $(call option,WHEELS,wheels)
# studio and exam need another environment, which dev/studio/README.md describes.
STUDIO ?= .venv-studio/bin/python
in_studio = command -v "$(STUDIO)" >/dev/null || { echo "$(STUDIO) is not there; dev/studio/README.md has the two commands that make this environment, or name another with STUDIO=." >&2; exit 2; };

.DEFAULT_GOAL := help
.PHONY: help setup lab serve progress check test soak run doctor measure bench site decks data update reset wheelhouse fix lock clean studio exam grade learner-release

help:
	@$(COURSE) --help
setup:
	@$(COURSE) setup $(setup_options) $(args)
lab:
	@$(COURSE) lab $(call option,HOST,host) $(call option,PORT,port) $(call option,LESSON,lesson) $(call option,DATA,data) $(setup_options) $(args)
serve:
	@$(COURSE) serve $(call option,HOST,host) $(call option,PORT,port) $(args)
progress:
	@$(COURSE) progress $(args)
check:
	@$(DEV) check $(setup_options) $(args)
test:
	@$(DEV) test $(setup_options) $(args)
soak:
	@$(DEV) test --soak $(setup_options) $(args)
run:
	@$(COURSE) run $(lesson) $(call option,DATA,edition) $(args)
doctor:
	@$(COURSE) doctor $(args)
measure:
	@$(DEV) measure $(lesson) $(args)
bench:
	@$(DEV) bench --json bench-results.json $(args)
site:
	@$(DEV) site $(call option,OUT,out) $(call option,DATA,edition) $(args)
decks:
	@$(DEV) decks $(lesson) $(call option,OUT,out) $(args)
data:
	@$(COURSE) data $(args)
update:
	@$(COURSE) update $(args)
reset:
	@$(COURSE) reset $(lesson) $(args)
wheelhouse:
	@$(COURSE) wheelhouse $(setup_options) $(args)
fix:
	@$(DEV) fix $(args)
grade:
	@$(COURSE) grade $(args)
lock:
	@$(DEV) lock $(args)
learner-release:
	@$(DEV) release $(call option,OUT,out) $(args)
clean:
	@$(COURSE) clean $(args)
studio:
	@$(in_studio) $(STUDIO) -m dev.studio $(if $(call given,SET),$(SET))
exam:
	@$(if $(call given,SEED),$(error exam takes no SEED any more: each exam draws a secret of its own))$(in_studio) $(STUDIO) -m dev.studio.fruit exam $(call option,OUT,out)
