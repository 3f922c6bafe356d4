# syntax=docker/dockerfile:1
# The image of Faultline: serve, renderer and every other command. docs/install.md says how it is built and checked.
#
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg NODE_DIGEST=sha256:… --build-arg GO_DIGEST=sha256:… .
#
# A tag can move; with their digests, the bases are the ones that you looked at. The release workflow fills them in and records them.
ARG NODE_IMAGE=docker.io/library/node:24.21.0-trixie-slim
ARG NODE_DIGEST=
ARG GO_IMAGE=docker.io/library/golang:1.26-trixie
ARG GO_DIGEST=

# kustomize and helm from their source, which Go's checksum database vouches for. scripts/tools.ts has the same versions.
FROM --platform=$BUILDPLATFORM ${GO_IMAGE}${GO_DIGEST:+@${GO_DIGEST}} AS tools
ARG TARGETOS=linux
ARG TARGETARCH=amd64
ARG KUSTOMIZE_VERSION=v5.8.1
ARG HELM_VERSION=v3.19.0
# What charts see as the version of Kubernetes where nobody says another: that of the client library of this helm.
ARG HELM_KUBERNETES_MINOR=34
ENV CGO_ENABLED=0 GOFLAGS=-trimpath GOTOOLCHAIN=auto
RUN GOOS=$TARGETOS GOARCH=$TARGETARCH go install -ldflags='-s -w' sigs.k8s.io/kustomize/kustomize/v5@$KUSTOMIZE_VERSION \
 && GOOS=$TARGETOS GOARCH=$TARGETARCH go install -ldflags="-s -w \
      -X helm.sh/helm/v3/internal/version.version=$HELM_VERSION \
      -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1 \
      -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=$HELM_KUBERNETES_MINOR" helm.sh/helm/v3/cmd/helm@$HELM_VERSION \
 && mkdir -p /tools \
 && find "$(go env GOPATH)/bin" -type f -name kustomize -exec mv {} /tools/ ';' \
 && find "$(go env GOPATH)/bin" -type f -name helm -exec mv {} /tools/ ';'

# JavaScript, the same for every platform.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE}${NODE_DIGEST:+@${NODE_DIGEST}} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN node node_modules/typescript/bin/tsc -p tsconfig.build.json
# Only what runs: no compilers, which other packages ask for if they are there, and no types.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && rm -rf node_modules/typescript node_modules/@typescript node_modules/.package-lock.json \
 && find node_modules dist -type f '(' -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' ')' -delete

FROM ${NODE_IMAGE}${NODE_DIGEST:+@${NODE_DIGEST}}
ARG VERSION=
ARG REVISION=
ARG SOURCE=
LABEL org.opencontainers.image.title=faultline \
      org.opencontainers.image.description="Finds the line in git that broke a Kubernetes workload, and opens the pull request that fixes it" \
      org.opencontainers.image.licenses=Apache-2.0 \
      org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.revision=$REVISION \
      org.opencontainers.image.source=$SOURCE
# git, and what isolates renderers where the kernel lets it. npm and yarn have no use in the image.
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends bubblewrap ca-certificates git util-linux \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx \
      /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn* \
 && groupadd --gid 10001 faultline \
 && useradd --uid 10001 --gid 10001 --home-dir /var/lib/faultline --create-home --shell /usr/sbin/nologin faultline
COPY --from=tools /tools/ /usr/local/bin/
WORKDIR /opt/faultline
COPY package.json app.yml LICENSE ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
RUN chmod 0755 dist/main.js && ln -s /opt/faultline/dist/main.js /usr/local/bin/faultline

# Numbers, so that Kubernetes sees that it is not root. It writes to /var/lib/faultline and /tmp alone: the rest may be read-only.
USER 10001:10001
WORKDIR /var/lib/faultline
ENV NODE_ENV=production HOST=0.0.0.0
# webhooks and alerts; probes and metrics; renders
EXPOSE 3000 9464 8090
# Node.js as the first process, without a shell or an init that would keep secrets in its environment.
ENTRYPOINT ["node", "/opt/faultline/dist/main.js"]
CMD ["--help"]
