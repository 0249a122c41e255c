import os; os.environ["TF_NUM_INTRAOP_THREADS"]="1"
import numpy as np
# softmax regression by Adam in numpy-free keras would be slow to start ten times; plain numpy
z=np.load("/tmp/fruit-feat/copied.npz"); y=z["y"]; cop=z["f"]; F=np.concatenate(list(cop[:2])); Y=np.tile(y,2)
sets={n:np.load(p) for n,p in dict(valid="/tmp/fruit-feat/valid.npz",oldtest="/tmp/fruit-feat/test.npz",test2="/tmp/belt/test2.npz",belt="/tmp/belt/bv.npz",belttest="/tmp/belt/bt.npz").items()}
def fit(seed,epochs=20,bs=32,lr=1e-3,drop=.3):
    r=np.random.default_rng(seed); W=r.uniform(-1,1,(1280,6)).astype("f")*np.sqrt(6/1286); b=np.zeros(6,"f"); m=[0,0];v=[0,0];t=0;n=len(Y);T=epochs*-(-n//bs)
    for e in range(epochs):
        o=r.permutation(n)
        for s in range(0,n,bs):
            i=o[s:s+bs]; x=F[i]*(r.random((len(i),1280))>drop)/(1-drop); l=x@W+b; p=np.exp(l-l.max(1,keepdims=True)); p/=p.sum(1,keepdims=True); p[np.arange(len(i)),Y[i]]-=1; p/=len(i)
            t+=1; rate=lr*.5*(1+np.cos(np.pi*t/T))
            for k,(g,w) in enumerate(((x.T@p,W),(p.sum(0),b))):
                m[k]=.9*m[k]+.1*g; v[k]=.999*v[k]+.001*g*g; w-=rate*(m[k]/(1-.9**t))/(np.sqrt(v[k]/(1-.999**t))+1e-7)
    return W,b
R={n:[] for n in sets}; per={}
for s in range(10):
    W,b=fit(s)
    for n,q in sets.items():
        ok=(q["f"]@W+b).argmax(1)==q["y"]; R[n].append(ok.mean()); per.setdefault(n,[]).append(ok)
for n in sets: print(n,len(sets[n]["y"]),"mean %.4f sd %.4f min %.4f max %.4f"%(np.mean(R[n]),np.std(R[n]),min(R[n]),max(R[n])),"by class",[round(float(np.mean([o[sets[n]["y"]==c].mean() for o in per[n]])),3) for c in range(6)])
