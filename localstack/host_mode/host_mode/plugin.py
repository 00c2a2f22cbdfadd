"""What LocalStack finds through this package's entry points."""

import threading

from localstack.runtime.server.core import RuntimeServerPlugin
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.plugins import Service, aws_provider


class ProcessRuntimeExecutorPlugin(RuntimeExecutorPlugin):
    """Chosen by ``LAMBDA_RUNTIME_EXECUTOR=process``."""

    name = "process"

    def load(self, *args, **kwargs):
        from host_mode.executor import ProcessRuntimeExecutor
        from host_mode.function_urls import keep_cookies

        keep_cookies()
        return ProcessRuntimeExecutor


class LoopbackServerPlugin(RuntimeServerPlugin):
    """Chosen by ``GATEWAY_SERVER=loopback``."""

    name = "loopback"

    def load(self, *args, **kwargs):
        from host_mode.gateway import LoopbackServer

        return LoopbackServer()


@aws_provider(api="dynamodb", name="moto")
def dynamodb_moto():
    """DynamoDB on moto, in process; chosen by ``PROVIDER_OVERRIDE_DYNAMODB=moto``. LocalStack's own provider downloads
    and runs a Java server.

    moto evaluates a condition and writes in two steps, and LocalStack serves each request on a thread of its own: one
    request at a time, or a conditional write would not be one.
    """
    import moto.dynamodb.models
    from host_mode.transactions import undo_by_item
    from localstack.aws.api.dynamodb import DynamodbApi
    from localstack.services.moto import MotoFallbackDispatcher

    undo_by_item(moto.dynamodb.models)

    class MotoDynamodb(DynamodbApi):
        pass

    one_at_a_time = threading.Lock()

    def serialised(handler):
        def handle(context, request):
            with one_at_a_time:
                return handler(context, request)

        return handle

    def dispatch_table(provider):
        return {operation: serialised(handler) for operation, handler in MotoFallbackDispatcher(provider).items()}

    return Service.for_provider(MotoDynamodb(), dispatch_table_factory=dispatch_table)
