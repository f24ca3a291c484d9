{{/* The name of what is in the release's namespace. It leaves room for "-metrics" in the 63 characters of a Service. */}}
{{- define "heliograph.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $release := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $release .Values.fullnameOverride | replace "." "-" | trunc 53 | trimSuffix "-" -}}
{{- end }}

{{/*
The name of what is outside of the release's namespace. Releases of one name in two namespaces do not meet: a namespace
has no dot in its name, so that no other pair is written the same.
*/}}
{{- define "heliograph.clusterName" -}}
{{ include "heliograph.fullname" . }}.{{ .Release.Namespace }}
{{- end }}

{{- define "heliograph.serviceAccountName" -}}
{{ default (include "heliograph.fullname" .) .Values.serviceAccount.name }}
{{- end }}

{{/* What the Deployment and whoever looks for its pods select by. It can never change in a release. */}}
{{- define "heliograph.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: operator
{{- end }}

{{/* On every object. */}}
{{- define "heliograph.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* A digest says which image it is for ever; a tag says which one it is today. */}}
{{- define "heliograph.image" -}}
{{- with .Values.image -}}
{{ .repository }}
{{- if .digest }}@{{ .digest }}{{ else }}:{{ default $.Chart.AppVersion .tag }}{{ end -}}
{{- end -}}
{{- end }}

{{/* How a ServiceMonitor or a PodMonitor scrapes. */}}
{{- define "heliograph.scraping" -}}
port: metrics
{{- range $key, $value := omit .Values.metrics.monitor "kind" "labels" }}
{{- with $value }}
{{ $key }}: {{ toJson . }}
{{- end }}
{{- end }}
{{- end }}
