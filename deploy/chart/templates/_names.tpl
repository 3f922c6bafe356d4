{{- define "faultline.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "faultline.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Takes a list: the context, and the component. */}}
{{- define "faultline.selector" -}}
{{- $ := index . 0 -}}
app.kubernetes.io/name: {{ include "faultline.name" $ }}
app.kubernetes.io/instance: {{ $.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "faultline.podLabels" -}}
{{- $ := index . 0 -}}
{{ include "faultline.selector" . }}
app.kubernetes.io/version: {{ $.Chart.AppVersion | quote }}
{{- with $.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "faultline.labels" -}}
{{- $ := index . 0 -}}
{{ include "faultline.podLabels" . }}
app.kubernetes.io/managed-by: {{ $.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $.Chart.Name $.Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "faultline.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "faultline.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- required "serviceAccount.name: needed where serviceAccount.create is false" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "faultline.image" -}}
{{- $repository := required "image.repository: where the image is, such as ghcr.io/acme/faultline; charts that the release workflow pushed have it" .Values.image.repository }}
{{- if .Values.image.digest }}
{{- printf "%s@%s" $repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" $repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* Whether anything listens for webhooks or alerts. */}}
{{- define "faultline.listens" -}}
{{- if or .Values.github.webhooks .Values.settings.alerts }}yes{{ end }}
{{- end }}

{{/* The paths that lead in from outside, as a JSON list. */}}
{{- define "faultline.paths" -}}
{{- $paths := list }}
{{- if .Values.github.webhooks }}{{ $paths = append $paths "/api/github/webhooks" }}{{ end }}
{{- if and .Values.exposeAlerts .Values.settings.alerts }}{{ $paths = append $paths "/alerts" }}{{ end }}
{{- if not $paths }}{{ fail "ingress and httpRoute need something to lead to: set github.webhooks, or exposeAlerts and settings.alerts" }}{{ end }}
{{- toJson $paths }}
{{- end }}

{{- define "faultline.podSecurity" -}}
runAsNonRoot: true
{{- with .Values.security }}
{{- range $field := list "runAsUser" "runAsGroup" "fsGroup" }}
{{- with get $.Values.security $field }}
{{ $field }}: {{ int64 . }}
{{- end }}
{{- end }}
{{- if .fsGroup }}
fsGroupChangePolicy: OnRootMismatch
{{- end }}
seccompProfile:
  {{- toYaml .seccompProfile | nindent 2 }}
{{- end }}
{{- end }}

{{- define "faultline.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "faultline.placement" -}}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}
