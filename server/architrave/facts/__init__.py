"""Facts: all that the model knows of a file, as plain frozen values, grouped by what they are about.

`values` expressions · `code` what the syntax says · `api` routes, requests and guards · `data` schema and queries ·
`messaging` queues and caches · `deployment` what runs the code.
"""

from __future__ import annotations

from architrave.facts import api, code, data, deployment, messaging

Fact = (
    code.Import
    | code.Definition
    | code.Field
    | code.Assignment
    | code.Used
    | code.KeptImports
    | code.Change
    | code.Call
    | code.Block
    | code.Return
    | code.Access
    | code.Comparison
    | code.Wait
    | code.Suppression
    | code.Document
    | code.Note
    | api.Router
    | api.Mount
    | api.PathConstant
    | api.Route
    | api.Responder
    | api.Guard
    | api.Dependency
    | api.BodyBinding
    | api.RowReply
    | api.IdentityUse
    | api.RightsCheck
    | api.PageSize
    | api.PageFlow
    | api.InputField
    | api.Reply
    | api.HttpCall
    | api.WholeRead
    | api.Waits
    | api.RetryPolicy
    | api.Client
    | api.Endpoint
    | api.ApiDocument
    | api.ApiOperation
    | api.ApiNumber
    | api.ApiProperty
    | api.ApiSchema
    | api.GraphqlField
    | api.GraphqlServer
    | api.CorsPolicy
    | api.JwtOperation
    | api.Secret
    | api.BlockingCall
    | data.Table
    | data.Column
    | data.Embedding
    | data.Index
    | data.ShardKey
    | data.ForeignKey
    | data.Relation
    | data.Separation
    | data.Repository
    | data.Migration
    | data.MigrationOperation
    | data.Query
    | data.TableAccess
    | data.RowSecurity
    | data.Scan
    | data.RelationAccess
    | data.Counted
    | data.ArrayChange
    | data.Transaction
    | data.Pool
    | data.Database
    | messaging.Publish
    | messaging.Subscribe
    | messaging.MessageBody
    | messaging.AcknowledgeMode
    | messaging.QueueDeclaration
    | messaging.CacheOperation
    | deployment.Manifest
    | deployment.SettingRead
    | deployment.SettingDeclaration
    | deployment.SettingSource
    | deployment.Inclusion
    | deployment.Listen
    | deployment.Server
    | deployment.Drain
    | deployment.FlagRead
    | deployment.FlagDefinition
    | deployment.Stage
    | deployment.BuildInput
    | deployment.BuildIgnore
    | deployment.Credential
    | deployment.ExposedPort
    | deployment.Workload
    | deployment.Rollout
    | deployment.DisruptionBudget
    | deployment.Autoscaler
    | deployment.ScheduledJob
    | deployment.TraceHeader
    | deployment.NetworkService
    | deployment.IngressRule
    | deployment.ProcessState
    | deployment.LocalFile
    | deployment.GatewayRule
    | deployment.ServerlessFunction
    | deployment.Proxy
    | deployment.Probe
    | deployment.CiStep
    | deployment.Benchmark
    | deployment.Resource
    | deployment.Storage
)
