# The operator in one file on a distroless Node 24. The same content without a container engine: `npm run image`.
#
# The release workflow passes a base whose signature it has verified, with its digest
# (gcr.io/distroless/nodejs24-debian13@sha256:…); the tag here is for builds by hand.
ARG BASE=gcr.io/distroless/nodejs24-debian13:nonroot

# The bundle is the same for every architecture, so nothing is emulated. Node and all else that shapes it are
# those of package-lock.json; this image only starts them.
FROM --platform=$BUILDPLATFORM docker.io/library/node:24-trixie-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run -s bundle

FROM ${BASE}
LABEL org.opencontainers.image.title="heliograph" \
      org.opencontainers.image.description="A Kubernetes operator that delivers webhooks about running analyses, in order and on record" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /src/dist/heliograph.mjs /src/dist/THIRD_PARTY_LICENSES /src/LICENSE /app/
# Nothing is written to: the root may be read-only. NODE_COMPILE_CACHE may name a writable folder, as the chart does.
WORKDIR /app
USER 65532:65532
ENTRYPOINT ["/nodejs/bin/node", "/app/heliograph.mjs"]
