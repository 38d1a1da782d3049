#!/bin/bash
# The shards of a plan by a Slurm array: sbatch --array=0-15 slurm-array.sh plan.json results/
# Each task takes the shards of its place in the array. A task that is requeued, or run twice, skips what is committed, so the
# same line may be submitted again until `shards verify` is content.
#SBATCH --job-name=shards
#SBATCH --requeue
#SBATCH --open-mode=append
# 60 seconds before the time limit the worker is asked to stop: what it was at does not count as a failed try.
#SBATCH --signal=B:TERM@60
# On a cluster with GPUs: sbatch --gres=gpu:1 --cpus-per-task=12 ..., since decoding takes about eleven cores a GPU.

plan=${1:?plan.json} results=${2:?a folder that all nodes see}
shift 2
# exec, so that Slurm's signal reaches the worker itself.
# shellcheck disable=SC2086 # the program may be several words
exec ${BIOMEDCLIP_WEBGPU:-biomedclip-webgpu} embed --shards "$plan" -o "$results" --on-error skip "$@"
