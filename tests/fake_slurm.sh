#!/bin/bash
# sbatch, squeue, sacct and scancel as far as the launcher uses them: jobs are processes of this machine.
# In $FAKE_SLURM: `asked` has what sbatch was given; N.state, N.pid and N.sh are a job's; a test writes `refuse` (what sbatch
# says instead of taking a job), `busy` (how often it first does not answer), `hold` (why jobs wait) and N.state (NODE_FAIL ...).
cd "$FAKE_SLURM" || exit 1
option() { for word in "${words[@]}"; do [[ $word == --$1=* ]] && echo "${word#*=}"; done; }
words=("$@")
case ${0##*/} in
sbatch)
    echo "$*" >>asked
    if [ -s busy ]; then
        echo "sbatch: error: Unable to contact slurm controller (connect failure)" >&2
        sed -i 1d busy
        exit 1
    fi
    if [ -e refuse ]; then cat refuse >&2 && exit 1; fi
    id=$(($(ls | grep -c '\.sh$') + 1))
    cat >"$id.sh"
    option job-name >"$id.name"
    if [ -e hold ]; then
        echo PENDING >"$id.state"
    else
        echo RUNNING >"$id.state"
        # A job outlives whoever submitted it, and not the tests: they may be killed before they end it.
        SLURM_JOB_ID=$id setsid bash -c '
            (while kill -0 "$FAKE_SLURM_OWNER"; do sleep 1; done; kill -KILL 0) & guard=$!
            bash "$1.sh" & job=$!; echo $job >"$1.pid"
            wait $job && end=COMPLETED || end=FAILED
            kill $guard
            [ "$(cat "$1.state")" != RUNNING ] || echo $end >"$1.state"' _ "$id" </dev/null &>/dev/null &
    fi
    echo "$id"
    ;;
squeue)
    if [ -e away ]; then echo "slurm_load_jobs error: Unable to contact slurm controller" >&2 && exit 1; fi
    for id in $(option jobs | tr , ' '); do
        [ -e forgotten ] || echo "$id|$(cat "$id.state")|$(cat hold 2>/dev/null || echo None)|n1"
    done
    ;;
sacct)
    if [ -e forgotten ]; then echo "$(cat "$(option jobs).state")|n1"; fi
    ;;
scancel)
    echo "$*" >>cancelled
    for id in "${words[@]}"; do
        [ -e "$id.state" ] || continue
        state=$(cat "$id.state")
        if [[ $* == *--signal=USR1* ]]; then
            [ "$state" != RUNNING ] || kill -USR1 "$(cat "$id.pid")"
        elif [ "$state" = PENDING ] || { [[ $* != *--state=PENDING* ]] && [ "$state" = RUNNING ]; }; then
            echo CANCELLED >"$id.state"
            [ ! -s "$id.pid" ] || kill -KILL "$(cat "$id.pid")"
        fi
    done
    ;;
esac
exit 0
