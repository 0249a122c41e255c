"""redev.py OUT MODULE: develop belt/valid anew from the cache of light with another photo module."""
import sys, pickle, importlib.util, csv; sys.path.insert(0,"/work/wt/belt")
from pathlib import Path
import numpy as np
out, mod = Path(sys.argv[1]), sys.argv[2]; split=sys.argv[3] if len(sys.argv)>3 else "belt/valid"
spec=importlib.util.spec_from_file_location("photo2",mod); photo=importlib.util.module_from_spec(spec); spec.loader.exec_module(photo)
idx=Path("/tmp/belt/index.pkl")
from dev.studio.fruit import plan
import json
# match pictures to cached shots by their rng: develop with the real module gives the committed bytes
index=pickle.load(open(idx,"rb"))
for p in plan.embedded():
    if p.folder.rpartition("/")[0]!=split: continue
    f=index[p.path.as_posix()]
    s,st=pickle.load(open(f.with_suffix(".pkl"),"rb")); rng=np.random.default_rng(); rng.bit_generator.state=st
    d=photo.encode(*photo.develop(np.load(f).astype(np.float32),s,rng)); q=out/p.path; q.parent.mkdir(parents=True,exist_ok=True); q.write_bytes(d)
print("done")
