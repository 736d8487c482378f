#!/usr/bin/env bash
# build.sh OUT: the script OUT [SECTION] DIR, which takes a folder of `negotiate-peers mint`; what it runs is in OUT.classes. Debian:
# openjdk-17-jdk-headless.
set -euo pipefail

out=$(realpath -m "$1")
cd "$(dirname "${BASH_SOURCE[0]}")"
# The JDK's own decoder and decryption have no public door.
exports=()
for package in sun.security.krb5 sun.security.krb5.internal; do
  exports+=(--add-exports "java.security.jgss/$package=ALL-UNNAMED")
done
javac -XDignore.symbol.file -nowarn "${exports[@]}" -d "$out.classes" Accept.java
# Each section in a process of its own: a token is taken once by each. One thread's collector: the others would want a core of
# their own.
cat >"$out" <<EOS
#!/usr/bin/env bash
# $(basename "$out") [SECTION] DIR
set -euo pipefail
sections="spnego accept messages decrypt string-to-key keytab"
[ \$# -eq 1 ] || { sections=\$1; shift; }
for section in \${sections/keytab/keytab-10 keytab-100000}; do
  java ${exports[*]} -XX:+UseSerialGC -cp '$out.classes' Accept "\$section" "\$1"
done
EOS
chmod 755 "$out"
