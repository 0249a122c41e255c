"""exp.py NAME[:seed[:perclass]] ...: quick rounds from pixels; prints shop, belt accuracies."""
import os, sys, time
sys.path.insert(0,"/work/wt/belt")
from course import check, pretrained
check.quiet()
import keras, numpy as np
from keras import layers as L
from pathlib import Path
from PIL import Image
D=Path("/work/wt/belt/data/fruits"); B=Path(os.environ.get("BELT","/tmp/fruit-2.0b/belt/valid"))
CL=sorted(p.name for p in (D/"train").iterdir())
def load(f,n=None):
    ps=[p for c in CL for p in sorted((f/c).glob("*.jpg"))[:n]]
    return np.stack([np.asarray(Image.open(p).convert("RGB").resize((224,224),Image.Resampling.BILINEAR)) for p in ps]),np.array([CL.index(p.parent.name) for p in ps])
near=dict(fill_mode="nearest")
a05b=lambda:keras.Sequential([L.RandomFlip("horizontal"),L.RandomRotation(.06,**near),L.RandomZoom((-.25,.05),**near),L.RandomTranslation(.08,.08,**near),L.RandomBrightness(.15),L.RandomContrast(.15)])
abelt=lambda:keras.Sequential([L.RandomFlip("horizontal_and_vertical"),L.RandomRotation(.5,**near),L.RandomZoom((-.2,.4),**near),L.RandomTranslation(.15,.15,**near),L.RandomBrightness((-.5,.1)),L.RandomContrast(.3)])
adark=lambda:keras.Sequential([L.RandomFlip("horizontal_and_vertical"),L.RandomRotation(.5,**near),L.RandomBrightness((-.5,.1)),L.RandomContrast(.3)])
anone=lambda:keras.Sequential([L.Identity()])
aabsurd=lambda:keras.Sequential([L.RandomZoom((-.9,-.7))])
base=dict(augment=a05b,dense=[],drop=.3,head_rate=.003,head_epochs=2,unfreeze="block7a",tune_rate=1e-4,tune_epochs=2,batch=32)
V={"base":{}, "belt":dict(augment=abelt),"dark":dict(augment=adark),"none":dict(augment=anone),"absurd":dict(augment=aabsurd),
 "base_r3":dict(tune_rate=3e-4),"belt_r3":dict(augment=abelt,tune_rate=3e-4),"belt_r3_b6":dict(augment=abelt,tune_rate=3e-4,unfreeze="block6a"),
 "belt_r10_b6":dict(augment=abelt,tune_rate=1e-3,unfreeze="block6a"),"belt_r3_b5":dict(augment=abelt,tune_rate=3e-4,unfreeze="block5a"),
 "all_high":dict(unfreeze="stem",tune_rate=3e-3),"big_head":dict(dense=[2048,2048]),"belt_h10":dict(augment=abelt,head_rate=.01),
 "belt_r3_b6_t3":dict(augment=abelt,tune_rate=3e-4,unfreeze="block6a",tune_epochs=3),"belt_r3_t4":dict(augment=abelt,tune_rate=3e-4,tune_epochs=4)}
PRE={'b':lambda b:b.preprocess,'std':lambda b:keras.Sequential([L.LayerNormalization(axis=[1,2,3],center=False,scale=False),L.Rescaling(0.5)])}
def train(r,x,y,seed):
    keras.utils.set_random_seed(seed)
    b=pretrained.load(); f=b.features; f.trainable=False
    p=keras.Input((224,224,3)); z=L.GlobalAveragePooling2D()(f(PRE[r.get('pre','b')](b)(p),training=False))
    for n in r["dense"]: z=L.Dense(n,activation="relu")(z)
    model=keras.Model(p,L.Dense(6)(L.Dropout(r["drop"])(z)))
    t=keras.Sequential([r["augment"](),model]); loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    t0=time.time(); t.compile(keras.optimizers.Adam(r["head_rate"]),loss,metrics=["accuracy"]); t.fit(x,y,epochs=r["head_epochs"],batch_size=r["batch"],verbose=0); t1=time.time()
    mid=ev(model)
    t1b=time.time(); f.trainable=True; on=False
    for l in f.layers:
        on=on or l.name.startswith(r["unfreeze"]); l.trainable=on and not isinstance(l,L.BatchNormalization)
    t.compile(keras.optimizers.Adam(r["tune_rate"]),loss,metrics=["accuracy"]); t.fit(x,y,epochs=r["tune_epochs"],batch_size=r["batch"],verbose=0)
    return model,mid,t1-t0,time.time()-t1b
def ev(m):
    return [(m.predict(a,verbose=0).argmax(1)==b).mean().round(3) for a,b in (S,BV)]
S=load(D/"valid",20); BV=load(B)
X,Y=load(D/"train")

AUG=dict(a05b=a05b,abelt=abelt,adark=adark,anone=anone,aabsurd=aabsurd)
amild=lambda:keras.Sequential([L.RandomFlip("horizontal_and_vertical"),L.RandomRotation(.25,**near),L.RandomZoom((-.1,.3),**near),L.RandomBrightness((-.4,.1)),L.RandomContrast(.2)])
adim=lambda:keras.Sequential([L.RandomFlip("horizontal_and_vertical"),L.RandomRotation(.25,fill_mode="constant"),L.RandomZoom((0,.5),fill_mode="constant"),L.RandomBrightness((-.5,.0)),L.RandomContrast(.2)])
AUG.update(amild=amild,adim=adim)
for a in sys.argv[1:]:
    r=dict(base); s=1; k=40
    for part in a.split(","):
        key,v=part.split("=")
        if key=="augment": r[key]=AUG[v]
        elif key=="seed": s=int(v)
        elif key=="k": k=int(v)
        elif key in("unfreeze","pre"): r[key]=v
        else: r[key]=eval(v)
    i=np.arange(len(Y)) if k>=1000 else np.concatenate([np.flatnonzero(Y==c)[:k] for c in range(6)])
    m,mid,ta,tb=train(r,X[i],Y[i],s); t=time.time(); e=ev(m)
    print(time.strftime("%H:%M:%S"),a,"head shop/belt",*mid,"tuned",*e,"s head %.0f tune %.0f eval %.0f"%(ta,tb,time.time()-t),flush=True)
    if os.environ.get("SAVE"): m.save("/tmp/belt/"+a.replace(",","_")+".keras")
