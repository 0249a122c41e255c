import os; os.environ["TF_NUM_INTRAOP_THREADS"]="1"
src=open("/tmp/belt/ten.py").read(); exec(src.split("R={n:[]")[0])
import csv
from pathlib import Path
D=Path("/work/wt/belt/data/fruits"); CL=sorted(p.name for p in (D/"train").iterdir())
paths=[p for c in CL for p in sorted((D/"belt/valid"/c).glob("*.jpg"))]
fac={r["file"]:r for r in csv.DictReader(open(D/"factors.csv"))}
rows=[fac[p.relative_to(D).as_posix()] for p in paths]
q=sets["belt"]; ok=np.mean([(q["f"]@W+b).argmax(1)==q["y"] for W,b in (fit(s,epochs=12) for s in range(4))],0)
y=q["y"]; seen=np.array([float(r["rot_seen"] or 0) for r in rows]); cnt=np.array([int(r["count"]) for r in rows]); mo=np.array([float(r["motion"]) for r in rows])
print("acc",ok.mean())
for c in (3,4,5):
    m=y==c; print(CL[c],"seen quantiles",np.quantile(seen[m],[0,.25,.5,.75,1]).round(2))
    for lo,hi in ((0,.12),(.12,.2),(.2,.3),(.3,.5),(.5,1)):
        k=m&(seen>=lo)&(seen<hi); 
        if k.any(): print("   seen %.2f-%.2f n %d acc %.2f"%(lo,hi,k.sum(),ok[k].mean()))
for n in range(1,6): print("count",n,(cnt==n).sum(),"%.3f"%ok[cnt==n].mean(),"rotten apples/oranges","%.2f"%ok[(cnt==n)&((y==3)|(y==5))].mean())
for lo,hi in ((0,.1),(.1,5),(5,9)): k=(mo>=lo)&(mo<hi); print("motion",lo,hi,k.sum(),"%.3f"%ok[k].mean())
k=(y==3)&(seen<.2); print([ (paths[i].name,round(seen[i],2),cnt[i],round(ok[i],2)) for i in np.flatnonzero(y==3)])
