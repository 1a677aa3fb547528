#!/bin/sh
# Prints fresh random keys of the store of docker-compose.yml, for .env. Keep that file: the store takes its keys from it.
hex() {
  od -An -v -tx1 -N"$1" /dev/urandom | tr -d ' \n'
}
printf 'S3_ACCESS_KEY_ID=%s\nS3_SECRET_ACCESS_KEY=%s\n' "$(hex 10)" "$(hex 20)"
