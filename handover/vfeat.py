import sys; sys.path.insert(0,"/tmp/fruit-feat")
from feat import *
import csv
src=open("/tmp/belt/ten.py").read(); exec(src.split("R={n:[]")[0].split("sets=")[0]); i=src.index("def fit"); exec(src[i:src.index("R={n:[]")])
import glob
allf=np.concatenate([cop[0]]+[np.load(f) for f in sorted(glob.glob("/tmp/fruit-feat/vf_all_*.npy"))[:3]])
D=Path("/work/wt/belt/data/fruits"); fac={r["file"]:r for r in csv.DictReader(open(D/"factors.csv"))}
Wc=[fit(s,epochs=12) for s in range(3)]
F=allf; Y=np.tile(y,4); Wa=[fit(s,epochs=12) for s in range(3)]
b,lower,upper=model()
ii=keras.Input((7,7,192)); h=keras.Sequential([keras.Input((1280,)),keras.layers.Dropout(.3),keras.layers.Dense(6,activation="softmax")])
for l in upper.layers: l.trainable=not isinstance(l,keras.layers.BatchNormalization)
net=keras.Model(ii,h(keras.layers.GlobalAveragePooling2D()(upper(ii,training=False))))
for v in sys.argv[1:]:
    x,yy,paths=load(f"/tmp/belt/{v}/belt/valid"); m=lowmaps(x); f=up(m)
    np.savez(f"/tmp/belt/{v}.npz",f=f,y=yy,m=m)
    seen=np.array([float(fac["/".join(p.split("/")[-4:])]["rot_seen"] or 1) for p in paths]); big=seen>=.2
    def say(n,P):
        ok=np.mean([(q.argmax(1)==yy) for q in P],0); print(v,n,"%.3f"%ok.mean(),"marks>=.2 or fresh %.3f"%ok[big].mean(),"by class",[round(float(ok[yy==c].mean()),2) for c in range(6)],flush=True)
    say("head copied",[f@W+b for W,b in Wc]); say("head all",[f@W+b for W,b in Wa])
    for g in ("copied","all"):
        P=[]
        for q in sorted(glob.glob(f"/tmp/fruit-feat/net_{g}_[012]_tuned.npz")):
            z=np.load(q); net.set_weights([z[k] for k in z.files]); P.append(net.predict(m.astype("float32"),verbose=0))
        say("tuned "+g,P)
