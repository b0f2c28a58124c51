#!/bin/sh
# Makes the envelopes beside it, of invoice.xml, with a key that nobody keeps. Run it again only to change the invoice: what
# it makes is committed, so that the tests need no openssl.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=Esempio" \
    -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
sign() { openssl cms -sign -nodetach -binary -signer "$work/cert.pem" -inkey "$work/key.pem" "$@"; }

sign -in invoice.xml -outform DER -out der.xml.p7m
# Indefinite lengths, and the content in pieces: most programs that sign write this.
sign -in invoice.xml -outform DER -stream -indef -out ber.xml.p7m
sign -in invoice.xml -outform PEM -out pem.xml.p7m
openssl base64 -A -in der.xml.p7m -out base64.xml.p7m
# In lines that end as on Windows.
openssl base64 -in ber.xml.p7m | sed 's/$/\r/' >base64-lines.xml.p7m
# Signed by two, one after the other.
sign -in ber.xml.p7m -outform DER -out twice.xml.p7m.p7m
# In base64 inside the second envelope.
sign -in base64.xml.p7m -outform DER -stream -indef -out twice-base64.xml.p7m.p7m
