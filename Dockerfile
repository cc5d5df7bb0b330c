# One image for every process; the command chooses which. Nothing but the portal is compiled: Node runs the sources as they are.
ARG NODE_IMAGE=node:24-bookworm-slim

# Only the manifests, so that an edit of a source does not install everything again.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /src
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete

FROM ${NODE_IMAGE} AS modules
WORKDIR /srv/muster
COPY --from=manifests /src ./
# No install script is needed here: the image brings Node, and the database is another container.
RUN npm ci --omit=dev --ignore-scripts --loglevel=error

# The portal's files, made with what only making them needs.
FROM ${NODE_IMAGE} AS portal
WORKDIR /srv/muster
COPY --from=manifests /src ./
RUN npm ci --ignore-scripts --loglevel=error
COPY . .
RUN node apps/gateway/src/build-portal.ts

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /srv/muster
COPY --from=modules /srv/muster ./
COPY package.json LICENSE ./
COPY packages packages
COPY apps apps
COPY --from=portal /srv/muster/apps/portal/dist apps/portal/dist
RUN mkdir .muster && chown node:node .muster
USER node
EXPOSE 8080 8081
CMD ["node", "apps/api/src/main.ts"]
