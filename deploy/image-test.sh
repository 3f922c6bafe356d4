#!/usr/bin/env bash
# Builds the image with buildah and starts it, where no registry can be reached: a Debian root by debootstrap, with the Node.js and Go of
# this machine, stands in for the base images. As root. Needs buildah and debootstrap.
#
#   deploy/image-test.sh [folder]     the folder keeps the Debian root for the next time
#   OTHER=no deploy/image-test.sh     leaves the other processor out
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-$(mktemp -d)}
mkdir -p "$folder"
suite=${SUITE:-bookworm}
mirror=${MIRROR:-http://deb.debian.org/debian}
tag=localhost/faultline-test
node=$(realpath node_modules/node/bin/node)
go_root=$(go env GOROOT)
# Sources and compiled packages of Go are kept from one run to the next.
build=(buildah bud --layers --isolation chroot --network host --pull-never
  -v "$(go env GOMODCACHE):/root/go/pkg/mod" -v "$(go env GOCACHE):/root/.cache/go-build")
# This machine may trust authorities of its own.
authorities=/etc/ssl/certs/ca-certificates.crt

passed=0
failed=0
check() { # what, command…
  local what=$1 said
  shift
  if said=$("$@" 2>&1); then
    passed=$((passed + 1))
    echo "ok      $what"
  else
    failed=$((failed + 1))
    printf 'failed  %s\n%s\n' "$what" "$said"
  fi
}
holds() { # text, command…: the command prints the text, whatever its exit status
  local text=$1 said
  shift
  said=$("$@" 2>&1) || true
  grep -qF -- "$text" <<<"$said" || { echo "expected: $text"; echo "$said"; return 1; }
}

if [ ! -e "$folder/root/etc/debian_version" ]; then
  debootstrap --variant=minbase --include=ca-certificates "$suite" "$folder/root" "$mirror" >"$folder/debootstrap.log"
fi

# The stand-ins: Debian with Node.js and npm, and the same with Go.
npm_folder=$(dirname "$(dirname "$(realpath "$(command -v npm)")")")
base=$(buildah from scratch)
buildah add -q "$base" "$folder/root" / >/dev/null
buildah add -q "$base" "$node" /usr/local/bin/node >/dev/null
buildah add -q "$base" "$npm_folder" /usr/local/lib/node_modules/npm >/dev/null
buildah add -q "$base" "$authorities" "$authorities" >/dev/null
buildah config --env NODE_EXTRA_CA_CERTS="$authorities" "$base"
buildah run --isolation chroot "$base" -- ln -sf ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
buildah commit -q "$base" localhost/node-stand-in >/dev/null
buildah add -q "$base" "$go_root" /usr/local/go >/dev/null
buildah config --env PATH=/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$base"
buildah commit -q --rm "$base" localhost/go-stand-in >/dev/null

arch=$(dpkg --print-architecture)
started=$(date +%s)
"${build[@]}" --build-arg NODE_IMAGE=localhost/node-stand-in --build-arg GO_IMAGE=localhost/go-stand-in \
  --build-arg TARGETARCH="$arch" --build-arg VERSION="$(node -p 'require("./package.json").version')" \
  -t "$tag" . >"$folder/build.log" 2>&1 || { tail -40 "$folder/build.log"; exit 1; }
echo "built in $(($(date +%s) - started)) s"

# Another processor: what is compiled is compiled for it. What apt-get installs needs that processor, or an emulator.
other=$([ "$arch" = arm64 ] && echo amd64 || echo arm64)
if [ "${OTHER:-yes}" = yes ]; then
  "${build[@]}" --target tools --build-arg GO_IMAGE=localhost/go-stand-in --build-arg TARGETARCH="$other" -t "$tag-tools" . \
    >"$folder/other.log" 2>&1 || { tail -40 "$folder/other.log"; exit 1; }
  tools=$(buildah from --pull-never "$tag-tools")
  tools_root=$(buildah mount "$tools")
  machine() { readelf -h "$tools_root/tools/$1" | sed -n 's/ *Machine: *//p'; }
  wanted=$([ "$other" = arm64 ] && echo AArch64 || echo X86-64)
  check "kustomize is built for $other" holds "$wanted" machine kustomize
  check "helm is built for $other" holds "$wanted" machine helm
  buildah umount "$tools" >/dev/null
  buildah rm "$tools" >/dev/null
fi

check 'runs as a user that is not root, by number' holds '10001:10001' \
  buildah inspect --type image --format '{{.OCIv1.Config.User}}' "$tag"

# As the chart runs it: a root that is read-only, with /tmp and the state beside it.
container=$(buildah from --pull-never "$tag")
root=$(buildah mount "$container")
state=$(mktemp -d) scratch=$(mktemp -d)
chown 10001:10001 "$state" "$scratch"
view=$(mktemp -d)
cleanup() {
  umount -R "$view" 2>/dev/null || true
  buildah umount "$container" >/dev/null 2>&1 || true
  buildah rm "$container" >/dev/null 2>&1 || true
  rm -rf "$state" "$scratch" "$view"
}
trap cleanup EXIT
mount --bind "$root" "$view"
mount -o remount,bind,ro "$view"
mount -t proc proc "$view/proc"
mount --bind /dev "$view/dev"
mount --bind "$state" "$view/var/lib/faultline"
mount --bind "$scratch" "$view/tmp"
in_image() { # variable=value… command…
  chroot --userspec=10001:10001 "$view" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/var/lib/faultline \
    NODE_ENV=production "$@"
}

check 'the root cannot be written' holds 'Read-only file system' in_image touch /opt/faultline/x
check 'Node.js is that of the base' holds 'v' in_image node --version
check 'has git' holds 'git version' in_image git --version
check 'has kustomize' holds 'v5.8.1' in_image kustomize version
check 'has helm' holds 'v3.19.0' in_image helm version --short
check 'has bubblewrap' holds 'bubblewrap' in_image bwrap --version
check 'has no npm' holds 'No such file' in_image npm --version
check 'has no compiler and no tests' test ! -e "$root/opt/faultline/node_modules/typescript" -a ! -e "$root/opt/faultline/node_modules/vitest"
check 'has no types' test -z "$(find "$root/opt/faultline" -name '*.d.ts' | head -1)"
check 'faultline --version' holds "$(node -p 'require("./package.json").version')" in_image faultline --version
check 'faultline --help lists the commands' holds 'serve' in_image faultline --help
check 'faultline serve --help' holds '--settings' in_image faultline serve --help
printf 'clusters:\n  none:\n    snapshot: /var/lib/faultline/recorded\nfolder: /var/lib/faultline\n' >"$state/settings.yml"
check 'doctor finds kustomize' holds 'kustomize' in_image faultline doctor --settings /var/lib/faultline/settings.yml
check 'doctor finds nothing wrong with the tools' holds '0' sh -c \
  "chroot --userspec=10001:10001 '$view' /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/var/lib/faultline \
     faultline doctor --output json --settings /var/lib/faultline/settings.yml | node -e '
       const found = JSON.parse(require(\"fs\").readFileSync(0));
       console.log(found.filter((one) => [\"kustomize\", \"helm\", \"git\", \"folder\"].includes(one.what) && one.status !== \"ok\").length)'"
check 'serve without an App says what is missing' holds 'APP_ID' in_image faultline serve --settings /var/lib/faultline/settings.yml

# The demo, diagnosed in the image by one process and rendered by another, as the chart has it.
node --input-type=module -e '(await import("./scripts/demo-repository.ts")).buildDemoRepository(process.argv[1])' "$state/demo"
cp -r fixtures/demo/snapshot "$state/recorded"
chown -R 10001:10001 "$state"
token=FAULTLINE_RENDERER_TOKEN=$(openssl rand -hex 16)
in_image "$token" HOST=127.0.0.1 faultline renderer --port 18090 --parallel 2 >"$folder/renderer.log" 2>&1 &
renderer=$!
for _ in $(seq 100); do curl -sf localhost:18090/healthz >/dev/null && break; sleep 0.2; done
check 'the renderer answers /healthz' curl -sf localhost:18090/healthz
diagnose=(faultline diagnose --repo /var/lib/faultline/demo --snapshot /var/lib/faultline/recorded)
check 'diagnose proves a fix with it' holds 'memory: 768Mi' \
  in_image "$token" FAULTLINE_RENDERER_URL=http://127.0.0.1:18090 "${diagnose[@]}"
check 'and by itself' holds 'memory: 768Mi' in_image "${diagnose[@]}"
kill "$(pgrep -P "$renderer" | head -1)" 2>/dev/null || kill "$renderer"
wait "$renderer" || true

# serve with a key that no GitHub knows: it starts, listens for probes, and is not ready.
openssl genrsa -traditional -out "$state/key.pem" 2048 2>/dev/null
chown -R 10001:10001 "$state"
in_image APP_ID=1 PRIVATE_KEY_PATH=/var/lib/faultline/key.pem GHE_HOST=127.0.0.1:9 GHE_PROTOCOL=http HOST=127.0.0.1 \
  FAULTLINE_OBSERVATION_PORT=19464 faultline serve --settings /var/lib/faultline/settings.yml >"$folder/serve.log" 2>&1 &
serve=$!
for _ in $(seq 100); do curl -sf localhost:19464/healthz >/dev/null && break; sleep 0.2; done
check 'serve answers /healthz' curl -sf localhost:19464/healthz
check 'serve is not ready, and says for what it waits' holds '[-] github' curl -s localhost:19464/readyz
check 'serve wrote its store' test -s "$state/faultline.db"
child=$(pgrep -P "$serve" | head -1 || true)
kill -TERM "${child:-$serve}" 2>/dev/null || true
wait "$serve" 2>/dev/null && ended=0 || ended=$?
check 'serve ends with SIGTERM' test "$ended" -eq 0 -o "$ended" -eq 143

size=$(du -sm "$root" | cut -f1)
own=$(du -sm "$root/opt/faultline" | cut -f1)
echo "$size MB unpacked, $own MB of them Faultline"
printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
