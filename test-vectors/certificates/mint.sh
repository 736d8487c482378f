#!/bin/sh
# Mints the certificates of this folder anew (other keys, other digests): OpenSSL 3, any directory as the argument.
set -eu
out=$1
keys=$(mktemp -d)
trap 'rm -r "$keys"' EXIT

key() { openssl genpkey -out "$keys/$1.pem" -algorithm "$2" ${3:+-pkeyopt "$3"} 2>/dev/null; }
key rsa RSA rsa_keygen_bits:2048
key pss RSA-PSS rsa_keygen_bits:2048
key p256 EC ec_paramgen_curve:P-256
key p384 EC ec_paramgen_curve:P-384
key ed25519 ED25519
key ed448 ED448
openssl dsaparam -out "$keys/dsaparam.pem" 2048 2>/dev/null
openssl gendsa -out "$keys/dsa.pem" "$keys/dsaparam.pem" 2>/dev/null

# one NAME KEY OPTIONS…: a certificate that its own key signs
one() {
    name=$1 key=$2
    shift 2
    openssl req -x509 -new -key "$keys/$key.pem" -subj "/CN=$name" -days 3650 -outform DER -out "$out/$name.der" "$@"
}
for digest in md5 sha1 sha224 sha256 sha384 sha512 sha512-256 sha3-256; do one "rsa-$digest" rsa "-$digest"; done
for digest in sha1 sha224 sha256 sha512; do one "ecdsa-$digest" p256 "-$digest"; done
one ecdsa-sha384 p384 -sha384
one dsa-sha256 dsa -sha256
pss="-sigopt rsa_padding_mode:pss"
for digest in sha1 sha256 sha384 sha512; do one "pss-$digest" rsa "-$digest" $pss; done
one pss-key-sha256 pss -sha256 $pss
one pss-mixed-sha256-mgf1-sha1 rsa -sha256 $pss -sigopt rsa_mgf1_md:sha1
one pss-mixed-sha1-mgf1-sha256 rsa -sha1 $pss -sigopt rsa_mgf1_md:sha256
one ed25519 ed25519
one ed448 ed448

# leaf NAME LEAF-KEY AUTHORITY-KEY OPTIONS…: the key that signs is of another kind than the leaf's own
leaf() {
    name=$1 key=$2 authority=$3
    shift 3
    openssl req -x509 -new -key "$keys/$authority.pem" -subj "/CN=authority" -days 3650 -out "$keys/authority.crt"
    openssl req -new -key "$keys/$key.pem" -subj "/CN=$name" -out "$keys/leaf.csr"
    openssl x509 -req -in "$keys/leaf.csr" -CA "$keys/authority.crt" -CAkey "$keys/$authority.pem" -set_serial 2 \
        -days 3650 -outform DER -out "$out/$name.der" "$@" 2>/dev/null
}
leaf leaf-p256-by-rsa-sha384 p256 rsa -sha384
leaf leaf-rsa-by-ecdsa-sha256 rsa p256 -sha256
leaf leaf-rsa-by-ecdsa-sha384 rsa p384 -sha384
leaf leaf-ed25519-by-rsa-sha512 ed25519 rsa -sha512
leaf leaf-rsa-by-ed25519 rsa ed25519
