exec(open("/tmp/belt/tuned_eval.py").read().split("S={")[0])
import csv
from pathlib import Path
D=Path("/work/wt/belt/data/fruits"); C=sorted(p.name for p in (D/"train").iterdir())
paths=[p for c in C for p in sorted((D/"belt/valid"/c).glob("*.jpg"))]
fac={r["file"]:r for r in csv.DictReader(open(D/"factors.csv"))}; rows=[fac[p.relative_to(D).as_posix()] for p in paths]
mo=np.array([float(r["motion"]) for r in rows]); seen=np.array([float(r["rot_seen"] or 1) for r in rows])
m=np.load("/tmp/belt/bv_low.npy").astype("float32"); y=np.load("/tmp/belt/bv.npz")["y"]
for f in ("copied_0_tuned","copied_2_tuned","all_0_tuned","all_0_head"):
    z=np.load(f"/tmp/fruit-feat/net_{f}.npz"); net.set_weights([z[k] for k in z.files]); ok=net.predict(m,verbose=0).argmax(1)==y
    big=seen>=.2
    print(f,"all %.3f still %.3f moving %.3f | marks>=.2 or fresh: all %.3f still %.3f moving %.3f | small marks %.3f of %d"%(ok.mean(),ok[mo<.1].mean(),ok[mo>=.1].mean(),ok[big].mean(),ok[big&(mo<.1)].mean(),ok[big&(mo>=.1)].mean(),ok[~big].mean(),(~big).sum()))
