#!/usr/bin/python3
import sys,os,subprocess
d=sys.argv[1]; os.makedirs(d,exist_ok=True)
subprocess.run(["qemu-system-riscv64","-M","virt,dumpdtb=%s/v.dtb"%d,"-m","64M"],check=True)
b=open(d+"/v.dtb","rb").read()
subprocess.run(["dtc","-q","-I","dtb","-O","dtb","-o",d+"/v2.dtb",d+"/v.dtb"],check=True)
b=open(d+"/v2.dtb","rb").read(); os.unlink(d+"/v.dtb"); os.unlink(d+"/v2.dtb")
open(d+"/virt","wb").write(b"b\x01\x40\x00"+b); print(len(b))
