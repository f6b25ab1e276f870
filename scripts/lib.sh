# What scripts/test, scripts/demo and .ci/run have in common. To be sourced by bash.
# Needs nothing but bash, coreutils, tar and apt, as a minimal Debian 12 has them.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export LC_ALL=C.UTF-8

# What building and showing certroll takes.
packages=(
  build-essential cmake ninja-build pkg-config
  libssl-dev libyaml-dev libcurl4-openssl-dev libsqlite3-dev libjansson-dev nettle-dev
  libcmocka-dev openssl python3 faketime
)

# What testing takes besides: other makers of certificate files, other readers of what certroll
# writes, what looks at its memory, its code and what tests reach of it, a browser that looks at its page, and what its speed is
# held against.
test_packages=(
  gnutls-bin libnss3-tools openjdk-17-jre-headless
  python3-yaml python3-jsonschema cmark-gfm nginx mandoc file
  valgrind gdb strace clang libclang-rt-dev llvm clang-tidy clang-format gcovr
  chromium nodejs npm git
)

say() {
  printf '\n== %s\n' "$*"
}

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Every name that an installed package has or provides: the makers' own nodejs brings npm with it.
present_packages() {
  dpkg-query -W -f '${db:Status-Status} ${Package}, ${Provides}\n' |
    sed -n 's/^installed //p' | sed 's/([^)]*)//g' | tr -s ', ' '\n'
}

missing_packages() {
  local package present
  present=$(present_packages)
  for package in "$@"; do
    grep -qxF -e "$package" <<<"$present" || printf '%s\n' "$package"
  done
}

# nginx is wanted as a program, not as a service: nothing is started while packages are installed.
install_packages() {
  local policy=/usr/sbin/policy-rc.d guarded= status=0
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    guarded=1
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q update &&
    apt-get -q -y -o Dpkg::Use-Pty=0 install --no-install-recommends "$@" </dev/null || status=$?
  if [[ -n $guarded ]]; then
    rm -f "$policy"
  fi
  return "$status"
}

# need_packages PACKAGE...: installs what is missing; an ordinary user is told what to ask for.
need_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    die "these packages are missing: ${missing[*]}
As root: apt-get install ${missing[*]}"
  fi
  say "Installing ${missing[*]}"
  install_packages "${missing[@]}" || die "apt-get could not install ${missing[*]}"
}

# build_preset PRESET [ARGUMENT...]: configures and builds in build/PRESET.
build_preset() {
  (
    cd "$root"
    cmake --preset "$1" >/dev/null
    cmake --build --preset "$@"
  )
}

# run_tests PRESET CTEST-ARGUMENTS...
run_tests() {
  local preset=$1
  shift
  (
    cd "$root"
    ctest --preset "$preset" --no-tests=error -j "$(nproc)" "$@"
  )
}
