#!/bin/sh
# Installs the language server that tests/editor.rs drives, into target/editor-server. Needs npm.
set -eu
cd "$(dirname "$0")/.."
version=2.0.0
folder=target/editor-server
mkdir -p "$folder"
npm install --prefix "$folder" --no-save --no-audit --no-fund --loglevel=error "yaml-language-server@$version"
test -f "$folder/node_modules/yaml-language-server/bin/yaml-language-server"
echo "yaml-language-server $version is in $folder"
