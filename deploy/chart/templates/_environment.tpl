{{/* One variable from a Secret: name, Secret, key. */}}
{{- define "faultline.secretVariable" -}}
- name: {{ index . 0 }}
  valueFrom:
    secretKeyRef: { name: {{ index . 1 }}, key: {{ index . 2 }} }
{{- end }}

{{- define "faultline.variable" -}}
- { name: {{ index . 0 }}, value: {{ index . 1 | toString | quote }} }
{{- end }}

{{/* What both programs have. */}}
{{- define "faultline.commonEnvironment" -}}
{{ include "faultline.variable" (list "NODE_ENV" "production") }}
{{ include "faultline.variable" (list "HOST" "0.0.0.0") }}
{{ include "faultline.variable" (list "LOG_LEVEL" .Values.logLevel) }}
{{- with .Values.nodeOptions }}
{{ include "faultline.variable" (list "NODE_OPTIONS" .) }}
{{- end }}
{{- end }}

{{- define "faultline.rendererSecret" -}}
{{- default .Values.github.existingSecret .Values.renderer.existingSecret }}
{{- end }}

{{/* The environment of serve. docs/running.md explains each. */}}
{{- define "faultline.environment" -}}
{{ include "faultline.commonEnvironment" . }}
{{ include "faultline.variable" (list "HOME" "/var/lib/faultline") }}
{{ include "faultline.variable" (list "PORT" "3000") }}
{{ include "faultline.variable" (list "FAULTLINE_OBSERVATION_PORT" "9464") }}
{{- with .Values.github }}
{{ include "faultline.secretVariable" (list "APP_ID" .existingSecret .keys.appId) }}
{{ include "faultline.variable" (list "PRIVATE_KEY_PATH" "/etc/faultline-secrets/github/private-key.pem") }}
{{- if .webhooks }}
{{ include "faultline.secretVariable" (list "WEBHOOK_SECRET" .existingSecret .keys.webhookSecret) }}
{{- end }}
{{- if .host }}
{{ include "faultline.variable" (list "GHE_HOST" .host) }}
{{ include "faultline.variable" (list "GHE_PROTOCOL" .protocol) }}
{{- end }}
{{- end }}
{{- with .Values.store.postgres }}
{{- if .existingSecret }}
{{ include "faultline.secretVariable" (list "FAULTLINE_STORE" .existingSecret .key) }}
{{- else }}
{{ include "faultline.variable" (list "FAULTLINE_STORE" "/var/lib/faultline/faultline.db") }}
{{- end }}
{{- end }}
{{- with .Values.statusPage }}
{{- if .existingSecret }}
{{ include "faultline.secretVariable" (list "FAULTLINE_STATUS_TOKEN" .existingSecret .key) }}
{{- end }}
{{- if .proxy.header }}
{{ include "faultline.variable" (list "FAULTLINE_STATUS_USER_HEADER" .proxy.header) }}
{{ include "faultline.variable" (list "FAULTLINE_STATUS_PROXIES" (join "," .proxy.from)) }}
{{- end }}
{{- end }}
{{- if .Values.kubeconfig.existingSecret }}
{{ include "faultline.variable" (list "KUBECONFIG" "/etc/faultline-secrets/kubeconfig/kubeconfig") }}
{{- end }}
{{- if .Values.registryCredentials.existingSecret }}
{{ include "faultline.variable" (list "FAULTLINE_REGISTRY_CREDENTIALS" "/etc/faultline-secrets/registries/config.json") }}
{{- end }}
{{- if .Values.renderer.enabled }}
{{ include "faultline.variable" (list "FAULTLINE_RENDERER_URL" (printf "http://%s-renderer:8090" (include "faultline.fullname" .))) }}
{{ include "faultline.secretVariable" (list "FAULTLINE_RENDERER_TOKEN" (include "faultline.rendererSecret" .) .Values.renderer.key) }}
{{- end }}
{{- if .Values.caBundle.existingConfigMap }}
{{ include "faultline.variable" (list "NODE_EXTRA_CA_CERTS" "/etc/faultline-ca/ca.crt") }}
{{ include "faultline.variable" (list "GIT_SSL_CAINFO" "/etc/faultline-ca/ca.crt") }}
{{- end }}
{{- with .Values.proxy.https }}
{{ include "faultline.variable" (list "HTTPS_PROXY" .) }}
{{- end }}
{{- with .Values.proxy.http }}
{{ include "faultline.variable" (list "HTTP_PROXY" .) }}
{{- end }}
{{- with .Values.proxy.bypass }}
{{ include "faultline.variable" (list "NO_PROXY" .) }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}
