import sys,pickle; sys.path.insert(0,"/work/wt/belt")
from pathlib import Path
import numpy as np, csv
from dev.studio.fruit import plan
C=Path("/tmp/fruit-cache"); D=Path("/work/wt/belt/data/fruits")
fac={r["file"]:r for r in csv.DictReader(open(D/"factors.csv"))}
by={}
for f in C.glob("*.pkl"):
    try: s,st=pickle.load(open(f,"rb"))
    except Exception: continue
    if s.facts["ground"]!="belt": continue
    k=tuple(str(s.facts[n]) for n in ("cultivar","pose","count","severity","rot_seen","elevation","motion"))
    by.setdefault(k,[]).append(f.with_suffix(".npy"))
print(len(by), sum(map(len,by.values())))
index={}; amb=0
for p in plan.embedded():
    if p.folder.rpartition("/")[0]!="belt/valid": continue
    r=fac[p.path.as_posix()]; k=tuple(r[n] for n in ("cultivar","pose","count","severity","rot_seen","elevation","motion"))
    c=by.get(k,[]); amb+=len(c)!=1; 
    if c: index[p.path.as_posix()]=c[0]
print(len(index),amb)
pickle.dump(index,open("/tmp/belt/index.pkl","wb"))
