// What the alerts and the dashboard of the chart are tried on: prometheus and promtool.
module heliograph.dev/prometheus

go 1.26.7

require github.com/prometheus/prometheus v0.316.0
