// The Argo notifications engine on our kind of resource: its controller, its triggers, its webhook service.
//
//	argo once-per|conditions RECEIVER
//
// The API server is the one of KUBECONFIG. RECEIVER is a URL; an event goes to its path and that of the analysis' webhookUrl.
package main

import (
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/argoproj/notifications-engine/pkg/api"
	"github.com/argoproj/notifications-engine/pkg/controller"
	"github.com/argoproj/notifications-engine/pkg/services"
	"github.com/argoproj/notifications-engine/pkg/subscriptions"
	"github.com/argoproj/notifications-engine/pkg/triggers"
	log "github.com/sirupsen/logrus"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	lastRung = 11
	workers  = 8
	// As in the engine's own example.
	resync = time.Minute
)

var analyses = schema.GroupVersionResource{Group: "heliograph.dev", Version: "v1alpha1", Resource: "analyses"}

func main() {
	// It has a line for each step of each object at the info level, which is work that this is not about.
	log.SetLevel(log.WarnLevel)
	if err := run(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func run(mode, receiver string) error {
	engine, err := newEngine(mode, receiver)
	if err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	config.QPS = -1 // no limit
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	forever := make(chan struct{})
	informers := dynamicinformer.NewDynamicSharedInformerFactory(client, resync)
	informer := informers.ForResource(analyses).Informer()
	notifications := controller.NewController(client.Resource(analyses), informer, engine)
	informers.Start(forever)
	if !cache.WaitForCacheSync(forever, informer.HasSynced) {
		return fmt.Errorf("the analyses could not be listed")
	}
	notifications.Run(workers, forever)
	return nil
}

// The engine's configuration, which it usually reads from a ConfigMap.
type engine struct{ api.API }

func (e engine) GetAPI() (api.API, error) { return e.API, nil }

func (e engine) GetAPIsFromNamespace(namespace string) (map[string]api.API, error) {
	return map[string]api.API{namespace: e.API}, nil
}

func newEngine(mode, receiver string) (engine, error) {
	config := api.Config{
		Services: map[string]api.ServiceFactory{"receiver": func() (services.NotificationService, error) {
			json := services.Header{Name: "Content-Type", Value: "application/json"}
			return services.NewWebhookService(services.WebhookOptions{URL: receiver, Headers: []services.Header{json}}), nil
		}},
		Subscriptions: subscriptions.DefaultSubscriptions{{
			Recipients: []string{"receiver"},
			Triggers:   []string{"rung"},
			Selector:   labels.Everything(),
		}},
	}
	switch mode {
	case "once-per":
		config.Triggers, config.Templates = oncePerRung()
	case "conditions":
		config.Triggers, config.Templates = conditionForEachRung()
	default:
		return engine{}, fmt.Errorf("no such mode: %s", mode)
	}
	made, err := api.NewAPI(config, variables)
	return engine{made}, err
}

// One condition for the rung that the analysis is on now.
func oncePerRung() (map[string][]triggers.Condition, map[string]services.Notification) {
	condition := triggers.Condition{When: "rung > 0", OncePer: "rung", Send: []string{"rung"}}
	return map[string][]triggers.Condition{"rung": {condition}},
		map[string]services.Notification{"rung": webhook("{{ .rung }}")}
}

// A condition for each rung that it has reached: a rung that was passed over unseen is caught up with.
func conditionForEachRung() (map[string][]triggers.Condition, map[string]services.Notification) {
	conditions := []triggers.Condition{}
	templates := map[string]services.Notification{}
	for rung := 1; rung <= lastRung; rung++ {
		name := fmt.Sprintf("rung-%d", rung)
		when := fmt.Sprintf("started and reached >= %d", rung)
		if rung == lastRung {
			when = "done"
		}
		conditions = append(conditions, triggers.Condition{When: when, Send: []string{name}})
		templates[name] = webhook(fmt.Sprint(rung))
	}
	return map[string][]triggers.Condition{"rung": conditions}, templates
}

// The engine can send no header that differs from event to event, so the event's id ends the path.
func webhook(sequence string) services.Notification {
	return services.Notification{Webhook: services.WebhookNotifications{"receiver": {
		Method: "POST",
		Path:   "{{ .path }}/{{ .analysis.metadata.uid }}-" + sequence,
		Body: `{"analysis_id":"{{ .analysis.metadata.uid }}","sequence":` + sequence +
			`,"phase":"{{ .analysis.status.phase }}","percentage":{{ .percentage }}}`,
	}}}
}

// What conditions and templates can speak of.
func variables(analysis map[string]any, _ services.Destination) map[string]any {
	phase, _, _ := unstructured.NestedString(analysis, "status", "phase")
	percentage, _, _ := unstructured.NestedInt64(analysis, "status", "percentage")
	webhookURL, _, _ := unstructured.NestedString(analysis, "spec", "webhookUrl")
	path := ""
	if parsed, err := url.Parse(webhookURL); err == nil {
		path = parsed.Path
	}
	started := phase != "" && phase != "Queued"
	done := phase == "Success" || phase == "Failed"
	// Of the progress rungs: 10 % is the second one.
	reached := percentage/10 + 1
	if phase == "Success" || reached > lastRung-1 {
		reached = lastRung - 1
	}
	rung := reached
	if done {
		rung = lastRung
	} else if !started {
		rung = 0
	}
	return map[string]any{
		"analysis":   analysis,
		"path":       path,
		"percentage": percentage,
		"started":    started,
		"done":       done,
		"reached":    reached,
		"rung":       rung,
	}
}
