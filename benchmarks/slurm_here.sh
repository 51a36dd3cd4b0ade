#!/bin/bash
# A real Slurm on this machine for trying the launcher: a controller and two virtual nodes, n1 and n2, on the loopback address.
#   benchmarks/slurm_here.sh FOLDER start|stop     as root, with Debian's packages slurm-wlm and munge, munged running
# Then `export SLURM_CONF=FOLDER/slurm.conf` and `stepstone run STUDY --launcher slurm`. `FOLDER/n1.pid` names the daemon of a node.
set -e
folder=$(mkdir -p "$1" && cd "$1" && pwd)
export SLURM_CONF=$folder/slurm.conf
if [ "$2" = stop ]; then scontrol shutdown && exit 0; fi
for command in slurmctld slurmd munge; do
    command -v $command >/dev/null || { echo "no $command: apt-get install slurm-wlm munge" >&2 && exit 1; }
done
munge -n >/dev/null || { echo "munged is not running" >&2 && exit 1; }
host=$(hostname -s)
mkdir -p "$folder/state"
cat >"$SLURM_CONF" <<CONF
ClusterName=here
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=17817
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool.%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
MpiDefault=none
SlurmdTimeout=20
KillWait=5
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=17001 CPUs=1 RealMemory=2000 State=UNKNOWN
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=17002 CPUs=1 RealMemory=2000 State=UNKNOWN
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
CONF
slurmctld -c
slurmd -N n1
slurmd -N n2
for second in $(seq 30); do
    if [ "$(sinfo --noheader --Node --states=idle | wc -l)" = 2 ]; then sinfo --Node && exit 0; fi
    sleep 1
done
sinfo --Node
exit 1
