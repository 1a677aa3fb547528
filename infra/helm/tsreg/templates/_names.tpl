{{/* Names, labels and the storage URL, which several manifests need alike. */}}

{{- define "tsreg.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "tsreg.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "tsreg.labels" -}}
{{ include "tsreg.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "tsreg.serviceAccount" -}}
{{- if .Values.serviceAccount.name -}}
{{- .Values.serviceAccount.name -}}
{{- else if .Values.serviceAccount.create -}}
{{- include "tsreg.name" . -}}
{{- else -}}
default
{{- end -}}
{{- end -}}

{{- define "tsreg.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "tsreg.storage" -}}
{{- $bucket := .Values.bucket -}}
{{- $parameters := list (printf "region=%s" ($bucket.region | urlquery)) -}}
{{- if $bucket.endpoint -}}
{{- $parameters = append $parameters (printf "endpoint=%s" ($bucket.endpoint | urlquery)) -}}
{{- end -}}
{{- if $bucket.forcePathStyle -}}
{{- $parameters = append $parameters "forcePathStyle=true" -}}
{{- end -}}
{{- $path := $bucket.name -}}
{{- if $bucket.prefix -}}
{{- $path = printf "%s/%s" $path $bucket.prefix -}}
{{- end -}}
{{- printf "s3://%s?%s" $path (join "&" $parameters) -}}
{{- end -}}

{{/* The configuration file: what the chart decides, and the further settings. */}}
{{- define "tsreg.config" -}}
{{- $config := dict "listen" ":5000" "storage" (include "tsreg.storage" .) -}}
{{- if .Values.access.htpasswdSecret -}}
{{- $_ := set $config "htpasswd" "/etc/tsreg/users/htpasswd" -}}
{{- $_ := set $config "anonymousPull" .Values.access.anonymousPull -}}
{{- else if .Values.access.allowUnauthenticated -}}
{{- $_ := set $config "allowUnauthenticated" true -}}
{{- else -}}
{{- fail "set access.htpasswdSecret to a Secret with users, or access.allowUnauthenticated where something else guards the registry" -}}
{{- end -}}
{{- range $name, $value := .Values.settings -}}
{{- if hasKey $config $name -}}
{{- fail (printf "settings.%s is decided by the chart: use its own value" $name) -}}
{{- end -}}
{{- $_ := set $config $name $value -}}
{{- end -}}
{{- $config | toPrettyJson -}}
{{- end -}}
