#!/bin/sh
# Runs the command line by the Node beside it, from any folder and through symbolic links.
self=$0
while [ -h "$self" ]; do
  link=$(readlink "$self")
  case $link in /*) self=$link ;; *) self=${self%/*}/$link ;; esac
done
case $self in */*) here=$(cd "${self%/*}" && pwd) ;; *) here=$(pwd) ;; esac

# Some hosts of containers put NVIDIA's driver where no Vulkan loader looks.
icd=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
if [ -z "${VK_DRIVER_FILES-}${VK_ICD_FILENAMES-}" ] && [ -f "$icd" ]; then
  export VK_DRIVER_FILES="$icd" VK_ICD_FILENAMES="$icd"
fi
exec "$here/bin/node" "$here/dist/node/cli.cjs" "$@"
