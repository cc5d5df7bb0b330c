// An app whose SCIM is elimity-com/scim: routes, discovery, schemas, and the parsing of filters and PATCH are the library's. It leaves
// to the app where people are kept and how a PATCH that it found valid is applied, which is what this file has.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/elimity-com/scim"
	"github.com/elimity-com/scim/errors"
	"github.com/elimity-com/scim/optional"
	"github.com/elimity-com/scim/schema"
	"github.com/scim2/filter-parser/v2"
)

type values = map[string]interface{}

// store keeps one kind of resource; no two have the same value of unique.
type store struct {
	mutex  sync.Mutex
	unique string
	next   int
	kept   map[int]values
}

func newStore(unique string) *store { return &store{unique: unique, kept: map[int]values{}} }

func (s *store) find(id string) (int, values, error) {
	number, err := strconv.Atoi(id)
	found, ok := s.kept[number]
	if err != nil || !ok {
		return 0, nil, errors.ScimErrorResourceNotFound(id)
	}
	return number, found, nil
}

func (s *store) put(number int, attributes values) (scim.Resource, error) {
	for other, one := range s.kept {
		if other != number && strings.EqualFold(fmt.Sprint(one[s.unique]), fmt.Sprint(attributes[s.unique])) {
			return scim.Resource{}, errors.ScimErrorUniqueness
		}
	}
	s.kept[number] = attributes
	return show(number, attributes), nil
}

func show(number int, attributes values) scim.Resource {
	resource := scim.Resource{ID: strconv.Itoa(number), Attributes: attributes}
	if externalID, ok := attributes["externalId"].(string); ok {
		resource.ExternalID = optional.NewString(externalID)
	}
	return resource
}

func (s *store) Create(_ *http.Request, attributes scim.ResourceAttributes) (scim.Resource, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.next++
	return s.put(s.next, attributes)
}

func (s *store) Get(_ *http.Request, id string) (scim.Resource, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	number, found, err := s.find(id)
	if err != nil {
		return scim.Resource{}, err
	}
	return show(number, found), nil
}

func (s *store) GetAll(_ *http.Request, params scim.ListRequestParams) (scim.Page, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	found := []scim.Resource{}
	numbers := []int{}
	for number := range s.kept {
		numbers = append(numbers, number)
	}
	sort.Ints(numbers)
	for _, number := range numbers {
		if params.FilterValidator == nil || params.FilterValidator.PassesFilter(s.kept[number]) == nil {
			found = append(found, show(number, s.kept[number]))
		}
	}
	from := min(max(params.StartIndex, 1)-1, len(found))
	return scim.Page{TotalResults: len(found), Resources: found[from:min(from+params.Count, len(found))]}, nil
}

func (s *store) Replace(_ *http.Request, id string, attributes scim.ResourceAttributes) (scim.Resource, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	number, _, err := s.find(id)
	if err != nil {
		return scim.Resource{}, err
	}
	return s.put(number, attributes)
}

func (s *store) Delete(_ *http.Request, id string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	number, _, err := s.find(id)
	delete(s.kept, number)
	return err
}

func (s *store) Patch(_ *http.Request, id string, operations []scim.PatchOperation) (scim.Resource, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	number, found, err := s.find(id)
	if err != nil {
		return scim.Resource{}, err
	}
	changed := copyOf(found)
	for _, operation := range operations {
		if err := apply(changed, operation); err != nil {
			return scim.Resource{}, err
		}
	}
	return s.put(number, changed)
}

func copyOf(from values) values {
	to := values{}
	for name, value := range from {
		to[name] = value
	}
	return to
}

func apply(resource values, operation scim.PatchOperation) error {
	if operation.Path == nil {
		for name, value := range operation.Value.(values) {
			set(resource, operation.Op, name, value)
		}
		return nil
	}
	path := operation.Path
	holder, name := resource, path.AttributePath.AttributeName
	if uri := path.AttributePath.URI(); strings.Contains(uri, ":extension:") {
		holder = inner(resource, uri)
	}
	if path.ValueExpression != nil {
		return applyToElements(holder, name, operation)
	}
	if part := path.AttributePath.SubAttributeName(); part != "" {
		holder, name = inner(holder, name), part
	}
	if operation.Op == scim.PatchOperationRemove {
		delete(holder, name)
	} else {
		set(holder, operation.Op, name, operation.Value)
	}
	return nil
}

func inner(holder values, name string) values {
	found, _ := holder[name].(values)
	copied := copyOf(found)
	holder[name] = copied
	return copied
}

func set(holder values, op string, name string, value interface{}) {
	added, isList := value.([]interface{})
	if old, ok := holder[name].([]interface{}); ok && isList && op == scim.PatchOperationAdd {
		value = append(append([]interface{}{}, old...), added...)
	}
	holder[name] = value
}

// applyToElements knows the one filter that a PATCH of members has: an attribute that equals a value.
func applyToElements(holder values, name string, operation scim.PatchOperation) error {
	wanted, ok := operation.Path.ValueExpression.(*filter.AttributeExpression)
	if !ok || operation.Op != scim.PatchOperationRemove {
		return errors.ScimErrorInvalidPath
	}
	old, _ := holder[name].([]interface{})
	left := []interface{}{}
	for _, element := range old {
		if element.(values)[wanted.AttributePath.AttributeName] != wanted.CompareValue {
			left = append(left, element)
		}
	}
	if len(left) == len(old) {
		return errors.ScimErrorNoTarget
	}
	holder[name] = left
	return nil
}

func main() {
	server, err := scim.NewServer(&scim.ServerArgs{
		ServiceProviderConfig: &scim.ServiceProviderConfig{MaxResults: 100, SupportFiltering: true, SupportPatch: true},
		ResourceTypes: []scim.ResourceType{
			{
				ID: optional.NewString("User"), Name: "User", Endpoint: "/Users", Schema: schema.CoreUserSchema(), Handler: newStore("userName"),
				SchemaExtensions: []scim.SchemaExtension{{Schema: schema.ExtensionEnterpriseUser()}},
			},
			{ID: optional.NewString("Group"), Name: "Group", Endpoint: "/Groups", Schema: schema.CoreGroupSchema(), Handler: newStore("displayName")},
		},
	})
	if err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("listening on %d\n", listener.Addr().(*net.TCPAddr).Port)
	token := "Bearer " + os.Getenv("SCIM_TOKEN")
	panic(http.Serve(listener, http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		if request.Header.Get("Authorization") != token {
			writer.WriteHeader(http.StatusUnauthorized)
			return
		}
		server.ServeHTTP(writer, request)
	})))
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

func max(a, b int) int {
	if a > b {
		return a
	}
	return b
}
