#!/bin/sh
# Installs the language server that tests/editor.rs drives, into target/editor-server. Needs node and npm.
# Safe to run again; does nothing if it is there.
set -eu
cd "$(dirname "$0")/.."
version=2.0.0
folder=target/editor-server
package=$folder/node_modules/yaml-language-server
grep -qs "\"version\": \"$version\"" "$package/package.json" && exit 0
echo "installing yaml-language-server $version in $folder"
mkdir -p "$folder"
npm install --prefix "$folder" --no-save --no-audit --no-fund --loglevel=error "yaml-language-server@$version"
test -f "$package/bin/yaml-language-server"
