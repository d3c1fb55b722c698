# Built from the same make targets as everything else: `docker build -t spillway .`

FROM node:20-bookworm-slim AS node

FROM rust:1.95-bookworm AS build
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /source
COPY . .
RUN make build

FROM debian:bookworm-slim
# The server writes nowhere but /data, and needs no right that an ordinary user lacks.
RUN useradd --system --uid 10001 --user-group --no-create-home spillway \
    && install --directory --owner=spillway --group=spillway /data /media
COPY --from=build /source/target/release/spillway /usr/local/bin/spillway
USER spillway
VOLUME /data
EXPOSE 8080
# The image has no curl; bash alone can ask.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /healthz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["spillway"]
# Inside a container "everywhere" means: whoever the published port lets in.
CMD ["serve", "--media", "/media", "--data", "/data", "--listen", "0.0.0.0:8080"]
