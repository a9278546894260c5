"""Functions declared through Django's Tasks interface, for the tests of our backend."""

from django_tasks import task


@task()
def add(a, b):
    return a + b


@task(takes_context=True)
def attempts(context):
    return context.attempt


@task()
def divide(a, b):
    return a / b
