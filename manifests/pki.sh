# A small certificate authority for the examples and scripts/demo. To be sourced by bash; takes
# nothing but openssl. Not for anything that has to be trusted.
#
# pki_begin FOLDER makes FOLDER/root.crt and FOLDER/issuing.crt; what follows issues from them.
# Dates are YYYYMMDDHHMMSSZ.

pki_config() {
  cat <<END
[ca]
default_ca = $1
[$1]
database = $pki/index.txt
new_certs_dir = $pki
certificate = $pki/$1.crt
private_key = $pki/$1.key
default_md = sha256
rand_serial = yes
unique_subject = no
copy_extensions = copy
policy = policy
email_in_dn = no
[policy]
organizationName = optional
commonName = supplied
[req]
distinguished_name = name
[name]
END
}

# pki_request NAME SUBJECT EXTENSION...: a key and a request for it.
pki_request() {
  local name=$1 subject=$2 extension extensions=()
  shift 2
  for extension in "$@"; do
    extensions+=(-addext "$extension")
  done
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -batch \
    -config "$pki/issuing.cnf" -subj "$subject" "${extensions[@]}" \
    -keyout "$pki/$name.key" -out "$pki/$name.csr" 2>/dev/null
}

# pki_sign NAME FROM TO ISSUER [ARGUMENT...]
pki_sign() {
  local name=$1 from=$2 to=$3 issuer=$4
  shift 4
  openssl ca -batch -notext -config "$pki/$issuer.cnf" -startdate "$from" -enddate "$to" \
    -in "$pki/$name.csr" -out "$pki/$name.crt" "$@" 2>"$pki/last.log" ||
    { cat "$pki/last.log" >&2; return 1; }
}

pki_begin() {
  pki=$1
  rm -rf "$pki"
  mkdir -p "$pki"
  chmod 700 "$pki"
  : >"$pki/index.txt"
  pki_config root >"$pki/root.cnf"
  pki_config issuing >"$pki/issuing.cnf"
  pki_request root '/O=Example/CN=Example Root CA' basicConstraints=critical,CA:TRUE \
    keyUsage=critical,keyCertSign,cRLSign
  pki_sign root 20250101000000Z 20450101000000Z root -selfsign
  pki_request issuing '/O=Example/CN=Example Issuing CA' basicConstraints=critical,CA:TRUE \
    keyUsage=critical,keyCertSign,cRLSign
  pki_sign issuing 20250101000000Z 20440101000000Z root
}

# pki_leaf NAME FROM TO DNS-NAME...: NAME.key and NAME.crt in the folder, for a server.
pki_leaf() {
  local name=$1 from=$2 to=$3 first=$4 names
  shift 3
  names=$(printf ',DNS:%s' "$@")
  pki_request "$name" "/O=Example/CN=$first" "subjectAltName=${names#,}" \
    basicConstraints=CA:FALSE keyUsage=critical,digitalSignature extendedKeyUsage=serverAuth
  pki_sign "$name" "$from" "$to" issuing
}

# What a certificate comes as. Each: NAME FILE, the file's format in the function's name.

pki_write_pem() { # key, leaf and chain in one file
  (umask 077 && cat "$pki/$1.key" "$pki/$1.crt" "$pki/issuing.crt" >"$2")
}

pki_write_der() { # the leaf alone
  openssl x509 -in "$pki/$1.crt" -outform DER -out "$2"
}

pki_write_p7b() { # leaf and chain, no key
  openssl crl2pkcs7 -nocrl -certfile "$pki/$1.crt" -certfile "$pki/issuing.crt" \
    -certfile "$pki/root.crt" -outform DER -out "$2"
}

pki_write_key() { # the key alone
  (umask 077 && cat "$pki/$1.key" >"$2")
}

# NAME FILE PASSWORD-FILE [ARGUMENT...]: key, leaf and chain
pki_write_pfx() {
  local name=$1 file=$2 password=$3
  shift 3
  cat "$pki/issuing.crt" "$pki/root.crt" >"$pki/chain.crt"
  openssl pkcs12 -export -in "$pki/$name.crt" -inkey "$pki/$name.key" \
    -certfile "$pki/chain.crt" -name "$name" -out "$file" -passout "file:$password" "$@"
}

# The same as old Windows servers exported it: RC2-40 and SHA-1
pki_write_old_pfx() {
  pki_write_pfx "$1" "$2" "$3" -legacy -certpbe PBE-SHA1-RC2-40 -keypbe PBE-SHA1-3DES -macalg sha1
}

# pki_password FILE: a new one
pki_password() {
  (umask 077 && openssl rand -hex 16 >"$1")
}
